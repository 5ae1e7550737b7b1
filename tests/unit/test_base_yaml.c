#include "tests/unit/test.h"

#include "engine/base/formats/yaml.h"
#include "tests/unit/scratch.h"

static const char *written(void **state, const char *text)
{
    return scratch_file(state, "config.yaml", text, strlen(text));
}

static void keys_and_values_come_flat_with_their_lines(void **state)
{
    static const struct {
        const char *key, *value;
        size_t line;
    } want[] = {{"preprocess.resize", "256", 3},
                {"preprocess.mean", "127,127.5,128", 4},
                {"preprocess.channels", "rgb", 5},
                {"preset", "mixed", 9},
                {"ignored", "a b,c", 10},
                {"empty", "", 13},
                {"none", "", 14},
                {"quoted", "x: # y", 15}};
    rq_yaml yaml;
    assert_ok(rq_yaml_open(&yaml, written(state, "# a comment\n"
                                                 "preprocess:\n"
                                                 "  resize: 256   # pixels\n"
                                                 "  mean: [127, 127.5, 128]\n"
                                                 "  channels: rgb\n"
                                                 "\n"
                                                 "\n"
                                                 "\n"
                                                 "preset: mixed\n"
                                                 "ignored:\n"
                                                 "  - a b\n"
                                                 "  - c\n"
                                                 "empty: []\n"
                                                 "none:\n"
                                                 "quoted: \"x: # y\"\n")));
    assert_int_equal(yaml.n, sizeof want / sizeof *want);
    for (size_t i = 0; i < yaml.n; i++) {
        assert_string_equal(yaml.entries[i].key, want[i].key);
        assert_string_equal(yaml.entries[i].value, want[i].value);
        if (i != 4) assert_int_equal(yaml.entries[i].line, want[i].line);
    }
    rq_yaml_close(&yaml);
    assert_null(yaml.entries);
    rq_yaml_close(&yaml);
}

static void empty_files_have_no_entries(void **state)
{
    static const char *const texts[] = {"", "\n\n", "# only a comment\n", "{}\n"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        rq_yaml yaml;
        assert_ok(rq_yaml_open(&yaml, written(state, texts[i])));
        assert_int_equal(yaml.n, 0);
        rq_yaml_close(&yaml);
    }
}

static void four_levels_are_enough(void **state)
{
    rq_yaml yaml;
    assert_ok(rq_yaml_open(&yaml, written(state, "a: {b: {c: {d: 1}}}\n")));
    assert_int_equal(yaml.n, 1);
    assert_string_equal(yaml.entries[0].key, "a.b.c.d");
    rq_yaml_close(&yaml);
    assert_fails(rq_yaml_open(&yaml, written(state, "x: 1\na: {b: {c: {d: {e: 1}}}}\n")),
                 RQ_EFORMAT, "config.yaml:2: nested too deep");
}

static void bad_files_are_refused_with_the_line(void **state)
{
    static const struct {
        const char *text, *message;
    } cases[] = {{"a: 1\nb: [1, 2\n", "config.yaml:3"},
                 {"a: &x 1\nb: *x\n", "config.yaml:2: aliases"},
                 {"a: &x [*x]\n", "aliases"},
                 {"a: 1\na: 2\n", "config.yaml:2: 'a' is there twice"},
                 {"a.b: 1\na: {b: 2}\n", "'a.b' is there twice"},
                 {"a: [[1]]\n", "plain values"},
                 {"a: [{b: 1}]\n", "plain values"},
                 {"- 1\n- 2\n", "key: value"},
                 {"just text\n", "key: value"},
                 {"? [a]\n: 1\n", "plain text"},
                 {"a: 1\n---\nb: 2\n", "second document"},
                 {"a: \"x\\0y\"\n", "NUL"},
                 {"a:\n\t- 1\n", "config.yaml:2"},
                 {"a: \xff\n", "config.yaml"},
                 {"%YAML 9.9\n---\na: 1\n", "config.yaml"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rq_yaml yaml;
        assert_fails(rq_yaml_open(&yaml, written(state, cases[i].text)), RQ_EFORMAT,
                     cases[i].message);
        assert_null(yaml.entries);
    }
}

static void hostile_files_are_refused(void **state)
{
    enum { BYTES = 1 << 20 };
    rq_yaml yaml;
    char *text = malloc(BYTES + 2);
    assert_non_null(text);
    memset(text, '[', BYTES + 1);
    assert_fails(rq_yaml_open(&yaml, scratch_file(state, "big.yaml", text, BYTES + 1)), RQ_EFORMAT,
                 "1048576 bytes");
    memcpy(text, "a: ", 3);
    assert_fails(rq_yaml_open(&yaml, scratch_file(state, "deep.yaml", text, 100000)), RQ_EFORMAT,
                 "plain values");
    free(text);
    assert_fails(rq_yaml_open(&yaml, scratch_path(state, "missing.yaml")), RQ_EIO, "No such file");
}

#define IN_SCRATCH(test) cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_SCRATCH(keys_and_values_come_flat_with_their_lines),
        IN_SCRATCH(empty_files_have_no_entries),
        IN_SCRATCH(four_levels_are_enough),
        IN_SCRATCH(bad_files_are_refused_with_the_line),
        IN_SCRATCH(hostile_files_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
