/* Reading JSON while memory runs out, at one allocation after the other: the message says so, and
 * nothing is kept; never is the syntax blamed, a value another, or the process ended. */
#include "tests/unit/test.h"

#include "engine/base/formats/json.h"
#include "tests/unit/faulty_memory.h"
#include "tests/unit/scratch.h"

#define LONG "a text that is longer than the first buffer of the lexer, and than the second one"
#define MANY "\"a\",\"b\",\"c\",\"d\",\"e\",\"f\",\"g\",\"h\",\"i\",\"j\""
#define TEXT                                                                                       \
    "{\"layers\": [{\"name\": \"" LONG "\", \"scale\": [0.5, -1e-7, 12345678901, 7]}, {}],"        \
    " \"\\u00e9\\n\": {\"a\": \"\\ud83d\\ude00\", \"b\": [[[\"\"]]], \"c\": null},"                \
    " \"far\": [" MANY "," MANY "," MANY "," MANY "," MANY "," MANY "," MANY "],"                  \
    " \"1\": 1, \"2\": 2, \"3\": 3, \"4\": 4, \"5\": 5, \"6\": 6, \"7\": 7, \"8\": 8, \"9\": "     \
    "[\"x\"]}"

typedef rq_status load(rq_json **out, const char *path);

static rq_status parse_text(rq_json **out, const char *path)
{
    return rq_json_parse(out, TEXT, sizeof TEXT - 1, path);
}

static void assert_whole(rq_json *json)
{
    rq_json *want = NULL;
    rq_buf text = {0}, want_text = {0};
    assert_ok(parse_text(&want, "want.json"));
    assert_ok(rq_json_dump(want, &want_text, false));
    assert_ok(rq_json_dump(json, &text, false));
    assert_string_equal(text.data, want_text.data);
    rq_buf_free(&text);
    rq_buf_free(&want_text);
    rq_json_free(&want);
}

/* Whether allocation number `at` was reached, which then failed. */
static bool fails_at(load *read, const char *path, long at)
{
    rq_json *json = NULL;
    long held = atomic_load(&faulty_held);
    atomic_store(&faulty_left, at);
    rq_status status = read(&json, path);
    bool reached = atomic_exchange(&faulty_left, 0) <= 0;
    if (status == RQ_OK)
        assert_whole(json);
    else if (status != RQ_ENOMEM || !strstr(rq_error_text(), "memory"))
        fail_msg("allocation %ld: gave %d, '%s'", at, status, rq_error_text());
    rq_json_free(&json);
    assert_int_equal(atomic_load(&faulty_held), held);
    return reached;
}

static void fails_everywhere(load *read, const char *path, long least)
{
    rq_json *json = NULL;
    long at = 1;
    assert_ok(read(&json, path)); /* what is done once is done */
    rq_json_free(&json);
    while (FAULTY_MEMORY && fails_at(read, path, at)) at++;
    assert_true(!FAULTY_MEMORY || at > least);
    assert_ok(read(&json, path));
    assert_whole(json);
    rq_json_free(&json);
}

static void without_memory_it_is_said(void **state)
{
    char path[4200];
    snprintf(path, sizeof path, "%s", scratch_file(state, "net.json", TEXT, sizeof TEXT - 1));
    fails_everywhere(parse_text, path, 200);
    fails_everywhere(rq_json_load, path, 200);
    fails_everywhere(rq_json_load_relaxed, path, 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(without_memory_it_is_said, scratch_setup, scratch_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
