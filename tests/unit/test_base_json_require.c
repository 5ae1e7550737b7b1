/* Edited JSON: what is right is read, and each mistake is named. */
#include "tests/unit/test.h"

#include "engine/base/formats/json_require.h"

static const char *const keys[] = {"name", "count", "on", "numbers", "list", "nothing", NULL};

typedef struct fixture {
    rq_json *json;
    rq_arena *arena;
    rq_required_object at;
} fixture;

static int set_up(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    if (!f || rq_arena_create(&f->arena) != RQ_OK) return -1;
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture *f = *state;
    rq_json_free(&f->json);
    rq_arena_destroy(&f->arena);
    free(f);
    return 0;
}

static const rq_required_object *parse(fixture *f, const char *text)
{
    rq_json_free(&f->json);
    assert_ok(rq_json_parse(&f->json, text, strlen(text), "f.json"));
    f->at = (rq_required_object){f->json, "f.json", "part[2]"};
    return &f->at;
}

static void test_right_values(void **state)
{
    fixture *f = *state;
    const char *text;
    int64_t count;
    bool on;
    float *x;
    size_t n;
    rq_json *list;
    const rq_required_object *at =
        parse(f, "{\"name\":\"a\",\"count\":-7,\"on\":false,\"numbers\":[1,0.1,"
                 "-2.5e3],\"list\":[],\"nothing\":null}");
    assert_ok(rq_require_object(at, keys));
    assert_ok(rq_require_string(&text, at, "name", f->arena));
    assert_string_equal(text, "a");
    assert_ok(rq_require_integer(&count, at, "count", -7, 7));
    assert_int_equal(count, -7);
    assert_ok(rq_require_bool(&on, at, "on"));
    assert_false(on);
    assert_ok(rq_require_floats(&x, &n, at, "numbers", f->arena));
    assert_int_equal(n, 3);
    assert_true(x[0] == 1.0f && x[1] == 0.1f && x[2] == -2500.0f);
    assert_ok(rq_require_array(&list, at, "list"));
    assert_true(rq_require_has(at, "list"));
    assert_false(rq_require_has(at, "nothing"));
    assert_false(rq_require_has(at, "absent"));
}

static void test_whole_numbers(void **state)
{
    fixture *f = *state;
    int64_t x;
    assert_ok(rq_require_integer(&x, parse(f, "{\"k\":3.0}"), "k", 0, 3));
    assert_int_equal(x, 3);
    assert_fails(rq_require_integer(&x, parse(f, "{\"k\":4}"), "k", 0, 3), RQ_EFORMAT,
                 "f.json: part[2]: k: found 4, expected a whole number from 0 to 3");
    assert_fails(rq_require_integer(&x, parse(f, "{\"k\":-1}"), "k", 0, 3), RQ_EFORMAT, "found -1");
    assert_fails(rq_require_integer(&x, parse(f, "{\"k\":1.5}"), "k", 0, 3), RQ_EFORMAT,
                 "found 1.5");
    assert_fails(rq_require_integer(&x, parse(f, "{\"k\":1e300}"), "k", 0, 3), RQ_EFORMAT, "k:");
    assert_fails(rq_require_integer(&x, parse(f, "{\"k\":\"1\"}"), "k", 0, 3), RQ_EFORMAT, "\"1\"");
    assert_fails(rq_require_integer(&x, parse(f, "{}"), "k", 0, 3), RQ_EFORMAT, "missing");
}

static void test_wrong_types(void **state)
{
    fixture *f = *state;
    const char *text;
    bool on;
    rq_json *list;
    assert_fails(rq_require_string(&text, parse(f, "{\"k\":\"\"}"), "k", f->arena), RQ_EFORMAT,
                 "found \"\", expected a text");
    assert_fails(rq_require_bool(&on, parse(f, "{\"k\":1}"), "k"), RQ_EFORMAT, "true or false");
    assert_fails(rq_require_array(&list, parse(f, "{\"k\":{}}"), "k"), RQ_EFORMAT, "found {}");
    assert_fails(rq_require_object(parse(f, "[1]"), keys), RQ_EFORMAT, "expected an object");
    assert_fails(rq_require_object(parse(f, "{\"numbrs\":1}"), keys), RQ_EFORMAT,
                 "unknown key; did you mean 'numbers'?");
}

static void test_long_values_are_cut(void **state)
{
    fixture *f = *state;
    bool on;
    assert_fails(rq_require_bool(&on,
                                 parse(f, "{\"k\":\"0123456789012345678901234567890123456789"
                                          "0123456789\"}"),
                                 "k"),
                 RQ_EFORMAT, "678..., expected true");
}

static void test_choices(void **state)
{
    static const rq_keyword words[] = {
        {"one", NULL, NULL}, {"two", NULL, "deux"}, {NULL, NULL, NULL}};
    fixture *f = *state;
    int choice;
    assert_ok(rq_require_keyword(&choice, parse(f, "{\"k\":\"two\"}"), "k", words));
    assert_int_equal(choice, 1);
    assert_ok(rq_require_keyword(&choice, parse(f, "{\"k\":\"deux\"}"), "k", words));
    assert_int_equal(choice, 1);
    assert_fails(rq_require_keyword(&choice, parse(f, "{\"k\":\"three\"}"), "k", words), RQ_EFORMAT,
                 "found \"three\", expected one of one, two");
    assert_fails(rq_require_keyword(&choice, parse(f, "{\"k\":2}"), "k", words), RQ_EFORMAT,
                 "found 2");
}

static void test_bad_numbers(void **state)
{
    fixture *f = *state;
    float *x;
    size_t n;
    assert_fails(rq_require_floats(&x, &n, parse(f, "{\"k\":[]}"), "k", f->arena), RQ_EFORMAT,
                 "found [], expected a list of numbers");
    assert_fails(rq_require_floats(&x, &n, parse(f, "{\"k\":[1,null]}"), "k", f->arena), RQ_EFORMAT,
                 "k[1]: found null");
    assert_fails(rq_require_floats(&x, &n, parse(f, "{\"k\":[1e39]}"), "k", f->arena), RQ_EFORMAT,
                 "k[0]");
    assert_fails(rq_require_floats(&x, &n, parse(f, "{\"k\":3}"), "k", f->arena), RQ_EFORMAT,
                 "found 3");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_right_values, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_whole_numbers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_wrong_types, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_long_values_are_cut, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_choices, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_bad_numbers, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
