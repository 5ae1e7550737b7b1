/* Differences of two plans, written by hand. */
#include "tests/unit/test.h"

#include "quant/plan_diff.h"
#include "tests/unit/scratch.h"

#define SETTINGS                                                                                   \
    "\"settings\":{\"precision\":\"int8\",\"preset\":\"performance\",\"overflow_fix\":\"auto\","   \
    "\"may_saturate\":true,\"range\":\"auto\",\"bias_correction\":true}"
#define HEAD                                                                                       \
    "{\"format\":\"requant plan\",\"version\":1,\"model\":\"m\",\"model_digest\":\"d\"," SETTINGS  \
    ","
#define ACTIVATION(value, low, high)                                                               \
    "{\"value\":\"" value "\",\"layer\":\"" value "\",\"consumers\":[],\"at\":\"input\","          \
    "\"levels\":256,\"low\":[" low "],\"high\":[" high "],\"estimator\":\"mse\",\"group\":0,"      \
    "\"reason\":\"r\",\"expected_sqnr_db\":30.0}"
#define WEIGHT(layer, precision, scales)                                                           \
    "{\"layer\":\"" layer "\",\"type\":\"Convolution\",\"port\":1,\"axis\":0,\"precision\":"       \
    "\"" precision "\",\"scales\":[" scales "],\"overflow\":\"none\",\"repaired_pairs\":0,"        \
    "\"bias_corrected\":false,\"expected_sqnr_db\":null}"
#define KEPT(layer) "{\"layer\":\"" layer "\",\"type\":\"Add\",\"reason\":\"ignored\"}"
#define PLAN(activations, weights, kept)                                                           \
    HEAD "\"activations\":[" activations "],\"weights\":[" weights "],\"ignored_layers\":[" kept   \
         "]}"

static const char plain[] = PLAN(ACTIVATION("x", "0", "6") "," ACTIVATION("y", "-1", "1"),
                                 WEIGHT("c", "int8", "0.5,0.25"), KEPT("s"));

static rq_plan_file *read_plan(void **state, const char *name, const char *text)
{
    rq_plan_file *file;
    assert_ok(rq_plan_file_read(&file, scratch_file(state, name, text, strlen(text))));
    return file;
}

typedef struct pair {
    rq_plan_file *a, *b;
    rq_plan_diff *diff;
} pair;

static pair compare(void **state, const char *b)
{
    pair p = {read_plan(state, "a.json", plain), read_plan(state, "b.json", b), NULL};
    assert_ok(rq_plan_diff_create(&p.diff, p.a, p.b));
    return p;
}

static void finish(pair *p)
{
    rq_plan_diff_destroy(&p->diff);
    rq_plan_file_destroy(&p->a);
    rq_plan_file_destroy(&p->b);
}

static void expect_change(const rq_plan_diff *diff, const char *section, const char *name,
                          const char *key, const char *a, const char *b)
{
    for (size_t i = 0; i < diff->n; i++) {
        const rq_plan_change *c = &diff->changes[i];
        if (strcmp(c->section, section) || strcmp(c->name, name) || strcmp(c->key, key)) continue;
        assert_string_equal(c->a ? c->a : "-", a);
        assert_string_equal(c->b ? c->b : "-", b);
        return;
    }
    fail_msg("no change of %s %s: %s", section, name, key);
}

static void test_same_plan(void **state)
{
    pair p = compare(state, plain);
    assert_int_equal(p.diff->n, 0);
    assert_int_equal(p.diff->n_same, 4);
    finish(&p);
}

static void test_changed_entries(void **state)
{
    pair p = compare(state, PLAN(ACTIVATION("x", "0", "5.5") "," ACTIVATION("y", "-1", "1"),
                                 WEIGHT("c", "int8-weights", "0.5,0.375"), KEPT("s")));
    assert_int_equal(p.diff->n, 3);
    assert_int_equal(p.diff->n_same, 2);
    expect_change(p.diff, "activations", "x", "range", "0 to 6", "0 to 5.5");
    expect_change(p.diff, "weights", "c", "precision", "int8", "int8-weights");
    expect_change(p.diff, "weights", "c", "scales", "2 channels",
                  "1 of 2 channels changed: x1 to x1.5");
    finish(&p);
}

static void test_entries_of_one_plan_only(void **state)
{
    pair p = compare(state, PLAN(ACTIVATION("x", "0", "6") "," ACTIVATION("z", "-2", "2"),
                                 WEIGHT("d", "int8", "0.5"), KEPT("c")));
    expect_change(p.diff, "activations", "y", "range", "-1 to 1", "-");
    expect_change(p.diff, "activations", "z", "range", "-", "-2 to 2");
    expect_change(p.diff, "weights", "c", "precision", "int8", "-");
    expect_change(p.diff, "weights", "d", "precision", "-", "int8");
    expect_change(p.diff, "ignored_layers", "s", "ignored", "ignored", "-");
    expect_change(p.diff, "ignored_layers", "c", "ignored", "-", "ignored");
    assert_int_equal(p.diff->n, 6);
    assert_int_equal(p.diff->n_same, 1);
    finish(&p);
}

#define MOVED(value, log2) "{\"value\":\"" value "\",\"axis\":1,\"log2\":[" log2 "]}"
#define MOVING(equalizations)                                                                      \
    HEAD "\"activations\":[],\"weights\":[],\"ignored_layers\":[],\"equalized\":[" equalizations   \
         "]}"

static void test_scales_moved(void **state)
{
    rq_plan_file *a = read_plan(state, "a.json", MOVING(MOVED("x", "0,1") "," MOVED("y", "1,1")));
    rq_plan_file *b = read_plan(
        state, "b.json", MOVING(MOVED("y", "1,1") "," MOVED("x", "0,1.25") "," MOVED("z", "3")));
    rq_plan_diff *diff;
    assert_ok(rq_plan_diff_create(&diff, a, b));
    assert_int_equal(diff->n, 2);
    assert_int_equal(diff->n_same, 1);
    expect_change(diff, "equalized", "x", "cross-layer equalization", "1 of 2 channels scaled",
                  "1 of 2 channels scaled");
    expect_change(diff, "equalized", "z", "cross-layer equalization", "-", "1 of 1 channel scaled");
    rq_plan_diff_destroy(&diff);
    rq_plan_file_destroy(&a);
    rq_plan_file_destroy(&b);
}

static void test_scales_refused(void **state)
{
    static const struct {
        const char *equalizations, *message;
    } cases[] = {
        {MOVED("x", "0,12.25"), "expected a multiple of 0.25 from -12 to 12"},
        {MOVED("x", "0.3"), "expected a multiple of 0.25 from -12 to 12"},
        {MOVED("x", ""), "expected a list of numbers"},
        {MOVED("x", "1") "," MOVED("x", "2"), "'x' occurs twice"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[1024];
        rq_plan_file *file;
        int n = snprintf(text, sizeof text,
                         "%s\"activations\":[],\"weights\":[],\"ignored_layers\":[],"
                         "\"equalized\":[%s]}",
                         HEAD, cases[i].equalizations);
        assert_fails(rq_plan_file_read(&file, scratch_file(state, "c.json", text, (size_t)n)),
                     RQ_EFORMAT, cases[i].message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_same_plan, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(test_changed_entries, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(test_entries_of_one_plan_only, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(test_scales_moved, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(test_scales_refused, scratch_setup, scratch_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
