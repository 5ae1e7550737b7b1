#include "tests/unit/test.h"

#include "engine/base/formats/json.h"
#include "tests/unit/scratch.h"

static void assert_dump(rq_json *json, bool indent, const char *want)
{
    rq_buf text = {0};
    assert_ok(rq_json_dump(json, &text, indent));
    assert_string_equal(text.data, want);
    rq_buf_free(&text);
    rq_json_free(&json);
    assert_null(json);
}

static rq_json *parsed(const char *text)
{
    rq_json *json = NULL;
    assert_ok(rq_json_parse(&json, text, strlen(text), "text"));
    return json;
}

static void what_is_built_is_written_in_order(void **state)
{
    (void)state;
    rq_json *root = rq_json_object(), *shape = rq_json_array(), *rows = rq_json_array();
    rq_json_set(root, "zeta", rq_json_string("a \"b\" \\ \n\t\x01 \xc3\xa9"));
    rq_json_set(root, "alpha", rq_json_integer(INT64_MIN));
    rq_json_push(shape, rq_json_integer(1));
    rq_json_push(shape, rq_json_number(0.5));
    rq_json_push(shape, rq_json_null());
    rq_json_push(shape, rq_json_bool(true));
    rq_json_set(root, "shape", shape);
    rq_json_push(rows, rq_json_object());
    rq_json_push(rows, rq_json_array());
    rq_json_set(root, "rows", rows);
    rq_json_set(root, "alpha", rq_json_integer(7)); /* replaced, in its place */
    rq_buf text = {0};
    assert_ok(rq_json_dump(root, &text, false));
    assert_string_equal(text.data,
                        "{\"zeta\":\"a \\\"b\\\" \\\\ \\n\\t\\u0001 \xc3\xa9\",\"alpha\":7,"
                        "\"shape\":[1,0.5,null,true],\"rows\":[{},[]]}");
    rq_buf_free(&text);
    assert_dump(root, true,
                "{\n  \"zeta\": \"a \\\"b\\\" \\\\ \\n\\t\\u0001 \xc3\xa9\",\n  \"alpha\": 7,\n"
                "  \"shape\": [1, 0.5, null, true],\n  \"rows\": [\n    {},\n    []\n  ]\n}");
}

static void a_text_without_memory_is_no_null(void **state)
{
    (void)state;
    rq_buf text = {.failed = true};
    rq_json_was_broken();
    rq_json *json = rq_json_text(&text);
    assert_true(rq_json_was_broken());
    rq_json_free(&json);
    text = (rq_buf){0};
    rq_buf_append(&text, "x");
    json = rq_json_text(&text);
    assert_string_equal(rq_json_as_string(json, ""), "x");
    assert_false(rq_json_was_broken());
    rq_json_free(&json);
    rq_buf_free(&text);
}

/* What is read back is the same. */
static void what_commands_a_log_is_escaped(void **state)
{
    (void)state;
    static const char text[] = "\x7f\xc2\x9b\xe2\x80\xae\xe2\x81\xa6##[error]a ::error::b c::d";
    rq_buf dumped = {0};
    rq_json *json = rq_json_string(text), *back = NULL;
    assert_ok(rq_json_dump(json, &dumped, false));
    assert_string_equal(dumped.data, "\"\\u007f\\u009b\\u202e\\u2066\\u0023#[error]a "
                                     "\\u003a:error::b c::d\"");
    assert_ok(rq_json_parse(&back, dumped.data, dumped.length, "x.json"));
    assert_string_equal(rq_json_as_string(back, ""), text);
    rq_json_free(&back);
    rq_json_free(&json);
    rq_buf_free(&dumped);
}

static void numbers_are_short(void **state)
{
    (void)state;
    static const struct {
        double x;
        const char *text;
    } cases[] = {{0, "0"},
                 {-0.0, "-0.0"},
                 {3, "3"},
                 {-100000, "-100000"},
                 {0.1, "0.1"},
                 {1.0 / 3, "0.3333333333333333"},
                 {0.1 + 0.2, "0.30000000000000004"},
                 {1e300, "1e+300"},
                 {5e-324, "4.94065645841247e-324"},
                 {NAN, "null"},
                 {INFINITY, "null"},
                 {-INFINITY, "null"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_dump(rq_json_number(cases[i].x), false, cases[i].text);
    assert_dump(rq_json_float(0.1f), false, "0.1");
    assert_dump(rq_json_float(16777216.0f), false, "16777216");
    assert_dump(rq_json_float(0.0235294122f), false, "0.023529412");
    assert_dump(rq_json_float(NAN), false, "null");
}

/* Any bit pattern: what is written reads back as the same value. */
static void numbers_survive_a_round_trip(void **state)
{
    (void)state;
    uint64_t seed = 5;
    for (int i = 0; i < 20000; i++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        uint64_t bits = seed ^ seed >> 29;
        uint32_t bits32 = (uint32_t)(bits >> 32);
        double x;
        float f;
        memcpy(&x, &bits, sizeof x);
        memcpy(&f, &bits32, sizeof f);
        rq_buf text = {0};
        rq_json *pair = rq_json_array(), *back;
        rq_json_push(pair, rq_json_number(x));
        rq_json_push(pair, rq_json_float(f));
        assert_ok(rq_json_dump(pair, &text, false));
        back = parsed(text.data);
        if (isfinite(x)) assert_true(rq_json_as_number(rq_json_at(back, 0), NAN) == x);
        if (isfinite(f)) {
            assert_true((float)rq_json_as_number(rq_json_at(back, 1), NAN) == f);
            assert_true((float)strtod(strchr(text.data, ',') + 1, NULL) == f);
        }
        rq_buf_free(&text);
        rq_json_free(&pair);
        rq_json_free(&back);
    }
}

static void integers_keep_all_their_bits(void **state)
{
    (void)state;
    rq_json *json = parsed("[9223372036854775807, -9223372036854775808, 3.0, 3.5, 1e30, \"3\"]");
    assert_true(rq_json_as_integer(rq_json_at(json, 0), 0) == INT64_MAX);
    assert_true(rq_json_as_integer(rq_json_at(json, 1), 0) == INT64_MIN);
    assert_int_equal(rq_json_as_integer(rq_json_at(json, 2), -1), 3);
    assert_int_equal(rq_json_as_integer(rq_json_at(json, 3), -1), -1);
    assert_int_equal(rq_json_as_integer(rq_json_at(json, 4), -1), -1);
    assert_int_equal(rq_json_as_integer(rq_json_at(json, 5), -1), -1);
    assert_true(rq_json_as_number(rq_json_at(json, 2), 0) == 3);
    rq_json_free(&json);
}

static void asking_never_fails(void **state)
{
    (void)state;
    rq_json *json = parsed("{\"a\": [1, \"x\", null], \"b\": false, \"s\": \"text\"}");
    assert_true(rq_json_is_object(json));
    assert_true(rq_json_is_array(rq_json_get(json, "a")));
    assert_true(rq_json_is_number(rq_json_at(rq_json_get(json, "a"), 0)));
    assert_true(rq_json_is_string(rq_json_get(json, "s")));
    assert_int_equal(rq_json_length(json), 3);
    const char *key = rq_json_next_key(json, NULL);
    assert_string_equal(key, "a");
    key = rq_json_next_key(json, rq_json_next_key(json, key));
    assert_string_equal(key, "s");
    assert_null(rq_json_next_key(json, key));
    assert_null(rq_json_next_key(rq_json_get(json, "a"), NULL));
    assert_null(rq_json_next_key(NULL, NULL));
    assert_true(rq_json_is_null(rq_json_at(rq_json_get(json, "a"), 2)));
    assert_false(rq_json_is_null(NULL));
    assert_true(rq_json_is_bool(rq_json_get(json, "b")));
    assert_false(rq_json_is_bool(rq_json_get(json, "s")));
    assert_null(rq_json_get(json, "missing"));
    assert_null(rq_json_get(rq_json_get(json, "a"), "a"));
    assert_null(rq_json_at(rq_json_get(json, "a"), 3));
    assert_null(rq_json_at(rq_json_get(json, "s"), 0));
    assert_null(rq_json_get(NULL, "a"));
    assert_null(rq_json_at(NULL, 0));
    assert_int_equal(rq_json_length(NULL), 0);
    assert_false(rq_json_as_bool(rq_json_get(json, "b"), true));
    assert_true(rq_json_as_bool(rq_json_get(json, "s"), true));
    assert_true(rq_json_as_number(rq_json_at(rq_json_get(json, "a"), 2), 4.5) == 4.5);
    assert_string_equal(rq_json_as_string(rq_json_get(json, "s"), "no"), "text");
    assert_string_equal(rq_json_as_string(rq_json_get(json, "b"), "no"), "no");
    rq_json_free(&json);
    rq_json_free(&json);
    rq_json_free(NULL);
}

static void large_objects_find_and_replace(void **state)
{
    (void)state;
    enum { MEMBERS = 3000 };
    char key[16];
    rq_json *json = rq_json_object();
    for (int pass = 0; pass < 2; pass++)
        for (int i = 0; i < MEMBERS; i++) {
            snprintf(key, sizeof key, "node%d", i);
            rq_json_set(json, key, rq_json_integer(i + pass));
        }
    assert_int_equal(rq_json_length(json), MEMBERS);
    const char *at = NULL;
    for (int i = 0; i < MEMBERS; i++) {
        snprintf(key, sizeof key, "node%d", i);
        at = rq_json_next_key(json, at);
        assert_string_equal(at, key);
        assert_int_equal(rq_json_as_integer(rq_json_get(json, key), -1), i + 1);
    }
    assert_null(rq_json_get(json, "node3000"));
    rq_json_free(&json);
}

static void malformed_utf8_becomes_replacement_characters(void **state)
{
    (void)state;
    assert_dump(rq_json_string("a\xff"
                               "b"),
                false,
                "\"a\xef\xbf\xbd"
                "b\"");
    assert_dump(rq_json_string("\xc3"), false, "\"\xef\xbf\xbd\"");
    assert_dump(rq_json_string("\xc0\x80"), false, "\"\xef\xbf\xbd\xef\xbf\xbd\"");
    assert_dump(rq_json_string("\xed\xa0\x80"), false,
                "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""); /* a surrogate */
    assert_dump(rq_json_string("\xe2\x82\xac \xf0\x9f\x98\x80"), false,
                "\"\xe2\x82\xac \xf0\x9f\x98\x80\"");
    assert_dump(rq_json_string(NULL), false, "null");
    assert_dump(rq_json_string(""), false, "\"\"");
    rq_json *object = rq_json_object();
    rq_json_set(object, "k\xff", rq_json_null());
    assert_dump(object, false, "{\"k\xef\xbf\xbd\":null}");
}

static void a_missing_child_breaks_the_save(void **state)
{
    const char *path = scratch_path(state, "report.json");
    rq_json *root = rq_json_object(), *inner = rq_json_array();
    rq_json_push(inner, NULL); /* what a failed allocation gives */
    rq_json_set(root, "inner", inner);
    assert_fails(rq_json_save(root, path), RQ_ENOMEM, "report.json");
    rq_json_set(root, "x", NULL);
    rq_json_set(NULL, "x", rq_json_null()); /* owned, so freed */
    rq_json_push(NULL, rq_json_null());
    rq_json_push(root, rq_json_null()); /* not an array */
    assert_fails(rq_json_save(root, path), RQ_ENOMEM, "memory");
    assert_fails(rq_json_save(NULL, path), RQ_ENOMEM, "memory");
    assert_int_equal(scratch_count(state, ""), 0);
    rq_json_free(&root);
}

static void files_are_saved_and_loaded(void **state)
{
    const char *path = scratch_path(state, "plan.json");
    rq_json *json = parsed("{\"a\":[{\"b\":\"\\u00e9\\n\"}],\"c\":-1.5e-7}"), *back = NULL;
    assert_ok(rq_json_save(json, path));
    assert_ok(rq_json_load(&back, path));
    rq_json_free(&json);
    assert_dump(back, false, "{\"a\":[{\"b\":\"\xc3\xa9\\n\"}],\"c\":-1.5e-07}");
    assert_fails(rq_json_load(&back, scratch_path(state, "missing.json")), RQ_EIO, "No such file");
    assert_fails(rq_json_save(rq_json_get(NULL, ""), path), RQ_ENOMEM, "");
}

static void bad_text_names_line_and_column(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",           "{",           "[1,]",     "{\"a\":1,}",
        "nul",        "[1] 2",       "\"\xff\"", "{\"a\":1,\"a\":2}",
        "[01]",       "{1:2}",       "'a'",      "[\"\n\"]",
        "[1e999]",    "\"\\u0000\"", "[NaN]",    "[99999999999999999999]",
        "\"\\ud800\""};
    rq_json *json = NULL;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_fails(rq_json_parse(&json, bad[i], strlen(bad[i]), "plan.json"), RQ_EFORMAT,
                     "plan.json:");
    assert_fails(rq_json_parse(&json, "{\n \"a\": x}", 10, "plan.json"), RQ_EFORMAT,
                 "plan.json:2:7");
    assert_null(json);
}

static void deep_nesting_is_refused_not_followed(void **state)
{
    (void)state;
    enum { DEPTH = 1000000 };
    char *text = malloc(DEPTH + 1);
    rq_json *json = NULL;
    assert_non_null(text);
    memset(text, '[', DEPTH);
    text[DEPTH] = '\0';
    assert_fails(rq_json_parse(&json, text, DEPTH, "deep"), RQ_EFORMAT, "depth");
    free(text);
}

#define IN_SCRATCH(test) cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_built_is_written_in_order),
        cmocka_unit_test(a_text_without_memory_is_no_null),
        cmocka_unit_test(what_commands_a_log_is_escaped),
        cmocka_unit_test(numbers_are_short),
        cmocka_unit_test(numbers_survive_a_round_trip),
        cmocka_unit_test(integers_keep_all_their_bits),
        cmocka_unit_test(asking_never_fails),
        cmocka_unit_test(large_objects_find_and_replace),
        cmocka_unit_test(malformed_utf8_becomes_replacement_characters),
        IN_SCRATCH(a_missing_child_breaks_the_save),
        IN_SCRATCH(files_are_saved_and_loaded),
        cmocka_unit_test(bad_text_names_line_and_column),
        cmocka_unit_test(deep_nesting_is_refused_not_followed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
