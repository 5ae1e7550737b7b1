/* Codes fitted to images: nearer outputs where inputs go together, and no change of layers beyond
 * the limits. */
#include "tests/unit/toy_output.h"

#include "engine/base/progress.h"
#include "engine/workbench/search/rounding_search.h"
#include "quant/plan_create.h"

/* 27 neighbouring pixels are nearly the same: their weights' errors must cancel out. Coarse codes
 * make weights the largest error. */
static rq_graph *wide(void)
{
    rq_graph *g;
    assert_ok(rq_graph_create(&g, "wide"));
    rq_id x = build_input(g, "x", RQ_DT_F32, SHAPE(1, 3, TOY_SIDE, TOY_SIDE));
    build_result(g, build_conv(g, "conv", x, 8, 3, 3));
    return g;
}

typedef struct fixture {
    rq_workload workload;
    rq_stats *stats;
    rq_quant_plan *plan;
    int8_t codes[8 * 27]; /* rounded to the nearest */
} fixture;

static void open_fixture(fixture *f)
{
    rq_plan_options options = toy_plan;
    options.overflow = RQ_OVERFLOW_ALL;
    options.may_saturate = true;
    options.rounding = RQ_ROUNDING_ADAPTIVE;
    toy_open(&f->workload, wide(), TOY_GENERATED);
    f->stats = toy_stats(&f->workload);
    assert_ok(rq_quant_plan_create(&f->plan, f->workload.bound, f->stats, &options, NULL));
    assert_int_equal(f->plan->n_weights, 1);
    memcpy(f->codes, f->plan->weights[0].codes.codes, sizeof f->codes);
}

static void close_fixture(fixture *f)
{
    rq_quant_plan_destroy(&f->plan);
    rq_stats_destroy(&f->stats);
    rq_workload_close(&f->workload);
}

static void fit(fixture *f, double work, double deadline)
{
    const rq_rounding_options options = {.stats = f->stats, .work = work, .deadline = deadline};
    assert_ok(rq_rounding_run(f->plan, &f->workload, &options));
}

static void test_errors_cancel_out(void **state)
{
    fixture f;
    (void)state;
    open_fixture(&f);
    double before = toy_output_db(&f.workload, f.plan);
    fit(&f, 480, 0);
    const rq_plan_weight *w = &f.plan->weights[0];
    size_t moved = 0;
    assert_non_null(w->rounding);
    for (size_t i = 0; i < sizeof f.codes; i++) {
        assert_true(abs(w->codes.codes[i] - f.codes[i]) <= 1); /* up or down, no further */
        assert_true(abs(w->codes.codes[i]) <= w->code_limit);
        moved += w->codes.codes[i] != f.codes[i];
    }
    assert_true(moved > 0);
    assert_true(toy_output_db(&f.workload, f.plan) > before + 3.0);
    close_fixture(&f);
}

static void test_the_same_with_one_thread(void **state)
{
    fixture f, one;
    (void)state;
    open_fixture(&f);
    open_fixture(&one);
    one.workload.threads = 1;
    fit(&f, 480, 0);
    fit(&one, 480, 0);
    assert_memory_equal(f.plan->weights[0].codes.codes, one.plan->weights[0].codes.codes,
                        sizeof f.codes);
    close_fixture(&f);
    close_fixture(&one);
}

static void assert_unchanged(double work, double deadline, const char *why)
{
    fixture f;
    open_fixture(&f);
    fit(&f, work, deadline);
    assert_memory_equal(f.plan->weights[0].codes.codes, f.codes, sizeof f.codes);
    assert_non_null(strstr(f.plan->weights[0].rounding, why));
    close_fixture(&f);
}

static void test_beyond_the_limits_nothing_changes(void **state)
{
    (void)state;
    assert_unchanged(0, 0, "limit of work");
    assert_unchanged(INFINITY, rq_now() - 1, "not reproducible");
}

/* What the outputs gain by stays, and the layer says so. */
static void test_search_keeps_what_outputs_gain_by(void **state)
{
    fixture f;
    rq_search_images images;
    (void)state;
    open_fixture(&f);
    const rq_rounding_options options = {.stats = f.stats, .work = 480};
    double before = toy_output_db(&f.workload, f.plan);
    assert_ok(rq_search_images_open(&images, &f.workload));
    assert_true(images.enough);
    assert_ok(rq_rounding_search(f.plan, &f.workload, &images, &options));
    assert_true(toy_output_db(&f.workload, f.plan) > before + 1.0);
    assert_non_null(strstr(f.plan->weights[0].rounding, "adaptive"));
    rq_search_images_close(&images);
    close_fixture(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_search_keeps_what_outputs_gain_by),
        cmocka_unit_test(test_errors_cancel_out),
        cmocka_unit_test(test_the_same_with_one_thread),
        cmocka_unit_test(test_beyond_the_limits_nothing_changes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
