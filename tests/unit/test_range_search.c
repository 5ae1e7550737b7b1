/* Ranges by the network's outputs: better where a later layer does not mind what is clipped, and
 * nothing is touched where it does. */
#include "tests/unit/test.h"

#include "engine/workbench/calibrate/calibrate.h"
#include "engine/workbench/search/build_quantized.h"
#include "engine/workbench/search/range_search.h"
#include "tests/unit/graph_builder.h"
#include "tests/unit/scratch.h"

#define DATA "generated:16:1"
#define THREADS 2
#define SIDE 64

typedef struct fixture {
    rq_args *args;
    rq_graph *graph;
    rq_bound *bound;
    rq_image_request request;
    rq_exec_options exec;
    rq_stats *stats;
    rq_plan_options options;
    rq_output_error_job job;
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
    static const rq_option *const options[] = {rq_preprocess_options, NULL};
    static const rq_command command = {.name = "test", .options = options};
    char *argv[] = {(char[]){"test"}, (char[]){"--scale"}, (char[]){"255"}};
    *f = (fixture){.graph = graph, .exec = {.backend = "reference"}};
    assert_ok(rq_args_parse(&f->args, &command, 3, argv));
    assert_ok(rq_image_request_read(&f->request, f->args));
    assert_ok(rq_bind(&f->bound, graph, NULL, 0));
    rq_images images;
    assert_ok(rq_images_open(&images, &f->request, DATA, NULL, 0, 0));
    rq_calibration job = {.graph = graph,
                          .bound = f->bound,
                          .exec = &f->exec,
                          .request = &f->request,
                          .args = f->args,
                          .images = &images,
                          .data = DATA,
                          .threads = THREADS,
                          .path = scratch_path(state, "stats.h5")};
    assert_ok(rq_calibrate(&f->stats, &job));
    rq_images_close(&images);
    f->options = (rq_plan_options){.preset = RQ_PRESET_AUTO, .scope = {.only_rules = false}};
    f->job = (rq_output_error_job){.graph = graph,
                                   .exec = &f->exec,
                                   .request = &f->request,
                                   .args = f->args,
                                   .data = DATA,
                                   .n_images = 16,
                                   .threads = THREADS};
}

static void close_fixture(fixture *f)
{
    rq_stats_destroy(&f->stats);
    rq_bound_destroy(&f->bound);
    rq_graph_destroy(&f->graph);
    rq_args_destroy(&f->args);
}

/* dB at the outputs with these ranges. */
static double measure(const fixture *f, const char *const *point_ranges)
{
    rq_plan_options options = f->options;
    rq_output_error *error;
    rq_graph *graph;
    rq_plan *plan;
    double decibel;
    options.activations_only = true;
    options.point_ranges = point_ranges;
    assert_ok(rq_plan_create(&plan, f->bound, f->stats, &options));
    assert_ok(rq_build_int8(&graph, f->graph, plan));
    assert_ok(rq_output_error_open(&error, &f->job));
    assert_ok(rq_output_error_measure(&decibel, error, graph));
    rq_output_error_close(&error);
    rq_graph_destroy(&graph);
    rq_plan_destroy(&plan);
    return decibel;
}

static void test_helps_where_the_pit_is_hidden(void **state)
{
    fixture f;
    rq_range_search found;
    open_fixture(&f, state, with_pit(true));
    assert_ok(rq_range_search_run(&found, &f.options, f.bound, f.stats, &f.job));
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
    assert_ok(rq_range_search_run(&found, &f.options, f.bound, f.stats, &f.job));
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
