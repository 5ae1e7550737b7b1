/* Ranges by the network's outputs: better where a later layer does not mind what is clipped, and
 * nothing is touched where it does. */
#include "tests/unit/toy_output.h"

#include "engine/workbench/calibrate/calibrate.h"
#include "engine/workbench/search/range_search.h"
#include "quant/plan_create.h"
#include "tests/unit/graph_builder.h"
#include "tests/unit/scratch.h"

#define DATA "generated:16:1"
#define THREADS 2
#define SIDE 64

typedef struct fixture {
    rq_workload workload;
    rq_stats *stats;
    rq_plan_options options;
} fixture;

static rq_id constant(rq_graph *g, const char *name, rq_shape shape, const float *data)
{
    rq_node *node;
    assert_ok(rq_graph_add_const(&node, g, name, RQ_DT_F32, &shape, data));
    return node->out[0];
}

/* Pixels of 0 to 1, and one of each image 100 times as deep below 0. The convolution keeps the
 * channels; behind a ReLU nobody sees how deep it was. */
static rq_graph *with_pit(bool closed)
{
    static const float identity[] = {1, 0, 0, 0, 1, 0, 0, 0, 1};
    static float factors[3 * SIDE * SIDE];
    for (size_t i = 0; i < sizeof factors / sizeof *factors; i++) factors[i] = 1.0f;
    factors[SIDE * SIDE + 500] = -100.0f;
    rq_graph *g;
    assert_ok(rq_graph_create(&g, "pit"));
    rq_id x = build_input(g, "x", RQ_DT_F32, SHAPE(1, 3, SIDE, SIDE));
    rq_id c = constant(g, "factors", SHAPE(1, 3, SIDE, SIDE), factors);
    rq_id pit = build(g, "pit", "Multiply", NO_ATTRS, INPUTS(x, c));
    rq_id w = constant(g, "conv/w", SHAPE(3, 3, 1, 1), identity);
    rq_id y = build(g, "conv", "Convolution", ATTRS(WINDOW), INPUTS(pit, w));
    build_result(g, closed ? build_relu(g, "relu", y) : y);
    return g;
}

static void open_fixture(fixture *f, void **state, rq_graph *graph)
{
    rq_calibration calibration;
    rq_workload *w = &f->workload;
    *f = (fixture){.options = {.preset = RQ_PRESET_AUTO}};
    assert_ok(rq_workload_open(w));
    w->graph = graph;
    w->exec.backend = "reference";
    w->threads = THREADS;
    w->data.name = DATA;
    assert_ok(rq_preprocess_set(&w->request.preprocess, "scale", "255", "scale"));
    assert_ok(rq_workload_bind(w));
    assert_ok(rq_workload_list(w, NULL));
    const rq_calibrate_options options = {.path = scratch_path(state, "stats.h5")};
    assert_ok(rq_calibrate_run(&calibration, w, &options));
    f->stats = calibration.stats;
}

static void close_fixture(fixture *f)
{
    rq_stats_destroy(&f->stats);
    rq_workload_close(&f->workload);
}

/* dB at the outputs with these ranges. */
static double measure(const fixture *f, const rq_point_range *point_ranges)
{
    const rq_plan_inputs inputs = {.activations_only = true, .point_ranges = point_ranges};
    rq_quant_plan *plan;
    assert_ok(rq_quant_plan_create(&plan, f->workload.bound, f->stats, &f->options, &inputs));
    double decibel = toy_output_db(&f->workload, plan);
    rq_quant_plan_destroy(&plan);
    return decibel;
}

static void search(rq_range_search *out, const fixture *f)
{
    rq_search_images images;
    assert_ok(rq_search_images_open(&images, &f->workload));
    assert_ok(rq_range_search_run(out, &f->workload, &images, f->stats, &f->options));
    rq_search_images_close(&images);
}

static void test_helps_where_the_pit_is_hidden(void **state)
{
    fixture f;
    rq_range_search found;
    open_fixture(&f, state, with_pit(true));
    search(&found, &f);
    assert_non_null(found.point_ranges);
    double before = measure(&f, NULL), after = measure(&f, found.point_ranges);
    assert_true(after > before + 3.0);
    rq_range_search_close(&found);
    close_fixture(&f);
}

/* The pit is in the output: whoever clips it loses. */
static void test_leaves_what_is_seen_alone(void **state)
{
    fixture f;
    rq_range_search found;
    open_fixture(&f, state, with_pit(false));
    search(&found, &f);
    assert_null(found.point_ranges);
    rq_range_search_close(&found);
    close_fixture(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_helps_where_the_pit_is_hidden),
        cmocka_unit_test(test_leaves_what_is_seen_alone),
    };
    return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
