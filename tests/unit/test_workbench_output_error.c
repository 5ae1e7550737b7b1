/* How far the outputs of an edited clone are from the graph's own: decibels that were counted by
 * hand. */
#include "tests/unit/toy_output.h"

#include "engine/base/callbacks.h"
#include "engine/workbench/search/output_error.h"
#include "tests/unit/test_report_near.h"

/* x times a number, and x times another. */
static rq_graph *scaled(float first, float second)
{
    rq_graph *g;
    assert_ok(rq_graph_create(&g, "scaled"));
    rq_id x = build_input(g, "x", RQ_DT_F32, SHAPE(1, 3, TOY_SIDE, TOY_SIDE));
    rq_id a = toy_constant(g, "a", SHAPE(1), &first), b = toy_constant(g, "b", SHAPE(1), &second);
    build_result(g, build(g, "first", "Multiply", NO_ATTRS, INPUTS(x, a)));
    build_result(g, build(g, "second", "Multiply", NO_ATTRS, INPUTS(x, b)));
    return g;
}

static double measure(rq_output_error *error, rq_graph *other)
{
    double decibel = toy_decibel(error, other);
    rq_graph_destroy(&other);
    return decibel;
}

static void open_error(rq_output_error **out, rq_workload *w, rq_graph *graph)
{
    const rq_output_error_options options = {.title = "a search", .images = &w->images};
    toy_open(w, graph, TOY_GENERATED);
    assert_ok(rq_output_error_open(out, w, &options));
}

static void test_decibels(void **state)
{
    rq_workload w;
    rq_output_error *error;
    (void)state;
    open_error(&error, &w, scaled(1, 1));
    assert_near(measure(error, scaled(1, 1)), 100, 0);          /* no output counts for more */
    assert_near(measure(error, scaled(1.1f, 1.1f)), 20, 1e-4);  /* noise a hundredth */
    assert_near(measure(error, scaled(1.1f, 1.01f)), 30, 1e-3); /* mean of 20 and 40 */
    assert_near(measure(error, scaled(0, 2)), 0, 1e-4);
    rq_output_error_close(&error);
    assert_null(error);
    rq_workload_close(&w);
}

/* By weight; one that does not count may be anything. */
static void test_outputs_have_weights(void **state)
{
    rq_output_weight weights[] = {{"first", 0}, {"second", 2}};
    rq_workload w;
    const rq_output_error_options options = {.title = "a search", .images = &w.images};
    rq_output_error *error;
    (void)state;
    toy_open(&w, scaled(1, 1e-3f), TOY_GENERATED);
    w.output_weights = (rq_output_weights){weights, 2};
    assert_ok(rq_output_error_open(&error, &w, &options));
    assert_near(measure(error, scaled(5, 1.1e-3f)), 20, 1e-3);
    rq_output_error_close(&error);
    weights[1].weight = 0;
    assert_fails(rq_output_error_open(&error, &w, &options), RQ_EARG, "no output counts");
    weights[1].name = "secnd";
    assert_fails(rq_output_error_open(&error, &w, &options), RQ_EARG, "did you mean 'second'?");
    rq_workload_close(&w);
}

/* An output of zeros tells nothing; all of them: there is no figure. */
static void test_zeros_do_not_count(void **state)
{
    rq_workload w;
    rq_output_error *error;
    (void)state;
    open_error(&error, &w, scaled(0, 1));
    assert_near(measure(error, scaled(5, 1.1f)), 20, 1e-4);
    rq_output_error_close(&error);
    rq_workload_close(&w);
    open_error(&error, &w, scaled(0, 0));
    assert_true(isnan(measure(error, scaled(1, 1))));
    rq_output_error_close(&error);
    rq_workload_close(&w);
}

/* Probabilities of the sums of three channels, scaled and shifted before. */
static rq_graph *classifier(float scale, float shift)
{
    rq_graph *g;
    const int64_t dims[] = {2, 3};
    assert_ok(rq_graph_create(&g, "classifier"));
    rq_id x = build_input(g, "x", RQ_DT_F32, SHAPE(1, 3, TOY_SIDE, TOY_SIDE));
    rq_id a = toy_constant(g, "a", SHAPE(1), &scale), b = toy_constant(g, "b", SHAPE(1), &shift);
    rq_id axes = build_i64(g, "axes", SHAPE(2), dims);
    rq_id mean = build(g, "mean", "ReduceMean", ATTRS("keep_dims", "false"), INPUTS(x, axes));
    rq_id y = build(g, "scaled", "Multiply", NO_ATTRS, INPUTS(mean, a));
    y = build(g, "logits", "Add", NO_ATTRS, INPUTS(y, b));
    build_result(g, build(g, "softmax", "SoftMax", ATTRS("axis", "1"), INPUTS(y)));
    return g;
}

/* A classification is compared by its logits, but for what Softmax does not see. */
static void test_logits(void **state)
{
    rq_workload w;
    rq_output_error *error;
    (void)state;
    open_error(&error, &w, classifier(1, 0));
    assert_near(measure(error, classifier(1.1f, 0)), 20, 1e-2);
    assert_near(measure(error, classifier(1.1f, 5)), 20, 1e-2);
    rq_output_error_close(&error);
    rq_workload_close(&w);
}

typedef struct titles {
    size_t other, total;
} titles;

static void progress(void *ctx, const char *title, size_t done, size_t total)
{
    titles *seen = ctx;
    (void)done;
    seen->other += strcmp(title, "a search") != 0;
    seen->total = total;
}

/* Whoever searches gives the progress its title, and says how many images it takes. */
static void test_progress_is_the_searchs(void **state)
{
    rq_workload w;
    rq_output_error *error;
    titles seen = {0, 0};
    const rq_callbacks callbacks = {.ctx = &seen, .progress = progress};
    (void)state;
    rq_callbacks_install(&callbacks);
    open_error(&error, &w, scaled(1, 1));
    measure(error, scaled(1, 2));
    rq_callbacks_install(NULL);
    assert_int_equal(seen.other, 0);
    assert_int_equal(seen.total, 16);
    rq_output_error_close(&error);
    rq_workload_close(&w);
}

static size_t images_of(rq_output_error *error, rq_graph *other, const rq_output_scores *rival)
{
    rq_output_scores scores;
    const rq_output_rival against = {.scores = rival, .least = 0.1};
    assert_ok(rq_output_error_score(
        &scores, error, &(rq_output_error_score_options){.graph = other, .rival = &against}));
    size_t n = scores.n_images;
    rq_output_scores_close(&scores);
    rq_graph_destroy(&other);
    return n;
}

/* What is worse is not run to its end, after the same images on any number of threads. */
static void test_the_rival_wins_early(void **state)
{
    (void)state;
    for (unsigned threads = 1; threads <= 3; threads++) {
        rq_workload w;
        rq_output_error *error;
        rq_output_scores rival;
        const rq_output_error_options options = {.title = "a search", .images = &w.images};
        rq_graph *graph = scaled(1.1f, 1.1f);
        toy_open(&w, scaled(1, 1), TOY_GENERATED);
        w.threads = threads;
        assert_ok(rq_output_error_open(&error, &w, &options));
        assert_ok(
            rq_output_error_score(&rival, error, &(rq_output_error_score_options){.graph = graph}));
        assert_int_equal(images_of(error, scaled(1.01f, 1.01f), &rival), 16);
        assert_int_equal(images_of(error, scaled(1.2f, 1.2f), &rival), 4);
        rq_output_scores_close(&rival);
        rq_graph_destroy(&graph);
        rq_output_error_close(&error);
        rq_workload_close(&w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decibels),
        cmocka_unit_test(test_the_rival_wins_early),
        cmocka_unit_test(test_outputs_have_weights),
        cmocka_unit_test(test_zeros_do_not_count),
        cmocka_unit_test(test_logits),
        cmocka_unit_test(test_progress_is_the_searchs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
