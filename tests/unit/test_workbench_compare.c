/* Runs side by side: reports that were written, models measured on the spot, what a model computes
 * in read off its layers, and layers matched by name. */
#include "tests/unit/toy_quantize.h"

#include "engine/workbench/compare/compare_read.h"
#include "engine/workbench/compare/compare_runs.h"
#include "quant/plan_create.h"
#include "reports/fields.h"
#include "tests/unit/test_report_near.h"

#define N_IMAGES 9

static rq_arena *arena;

static void write_run(void **state, const char *output, const char *range)
{
    toy_job job;
    toy_job_open(&job, state, "toy", "images", output);
    job.options.decide.plan.range = range;
    toy_job_read(&job);
    toy_job_run(&job);
    toy_job_close(&job);
}

static char *path_of(void **state, const char *name)
{
    char *path = strdup(scratch_path(state, name));
    assert_non_null(path);
    return path;
}

/* -- folders ---------------------------------------------------------------------------------- */

static const rq_report_accuracy *row(const rq_report *r, const char *metric)
{
    for (size_t i = 0; i < r->n_accuracy; i++)
        if (!strcmp(r->accuracy[i].metric, metric)) return &r->accuracy[i];
    fail_msg("no %s", metric);
    return NULL;
}

static void test_folders(void **state)
{
    rq_compare_runs runs;
    char *a = path_of(state, "run/first/"), *b = path_of(state, "run/second/report.json");
    assert_ok(rq_compare_runs_open(&runs, (const char *const[]){a, b}, 2, NULL, NULL, arena));
    assert_string_equal(runs.runs[0].name, "first");
    assert_string_equal(runs.runs[1].name, "second");
    assert_false(runs.measured[0] || runs.measured[1]);
    assert_near(row(runs.runs[0].report, "top-1")->before.value, 100, 0);
    assert_non_null(runs.plans[0]);
    assert_int_equal(runs.plans[0]->n_weights, 4);

    bool setting = false, ranges = false;
    for (size_t i = 0; i < runs.n_changes; i++) {
        const rq_compare_change *c = &runs.changes[i];
        assert_int_equal(c->run, 1);
        if (!strcmp(c->section, "settings") && c->first && strstr(c->first, "minmax"))
            setting = strstr(c->now, "percentile") != NULL;
        ranges |= !strcmp(c->section, "activations");
        assert_string_not_equal(c->section, "model");
    }
    assert_true(setting && ranges);
    rq_compare_runs_close(&runs);
    free(a);
    free(b);
}

/* Equal ends of paths get more of them; the same thing twice is called what was typed. */
static void test_names(void **state)
{
    rq_compare_runs runs;
    char *a = path_of(state, "run/first"), *b = path_of(state, "other/first");
    assert_ok(rq_compare_runs_open(&runs, (const char *const[]){a, b, a}, 3, NULL, NULL, arena));
    assert_string_equal(runs.runs[1].name, "other/first");
    assert_string_equal(runs.runs[0].name, a);
    assert_string_equal(runs.runs[2].name, a);
    assert_int_equal(runs.n_changes, 0); /* the same plan three times */
    rq_compare_runs_close(&runs);
    free(a);
    free(b);
}

static void test_what_is_missing(void **state)
{
    rq_compare_runs runs;
    char *empty = path_of(state, "images"), *model = path_of(state, "toy.xml");
    assert_fails(rq_compare_runs_open(&runs, (const char *const[]){empty}, 1, NULL, NULL, arena),
                 RQ_EIO, "there is no report.json in it");
    rq_compare_runs_close(&runs);
    assert_fails(rq_compare_runs_open(&runs, (const char *const[]){model}, 1, NULL, NULL, arena),
                 RQ_EARG, "--data is missing");
    rq_compare_runs_close(&runs);
    assert_fails(rq_compare_runs_open(&runs, (const char *const[]){"tests/data/import/graph.pbtxt"},
                                      1, NULL, NULL, arena),
                 RQ_EARG, "a model of TensorFlow, expected an IR (.xml); `requant import ");
    rq_compare_runs_close(&runs);
    free(empty);
    free(model);
}

/* -- models on the spot ----------------------------------------------------------------------- */

static rq_status open_workload(rq_workload *out, void *ctx)
{
    toy_settings(out, ctx);
    return RQ_OK;
}

static void test_models_on_the_spot(void **state)
{
    rq_compare_runs runs;
    char *data = path_of(state, "images"), *a = path_of(state, "toy.xml"),
         *b = path_of(state, "run/first/toy-int8.xml");
    const rq_compare_models_options options = {
        .open_workload = open_workload, .ctx = data, .command = "requant compare"};
    assert_true(rq_compare_is_model(a) && !rq_compare_is_model(data));
    assert_ok(rq_compare_runs_open(&runs, (const char *const[]){a, b}, 2, NULL, &options, arena));
    const rq_report *first = runs.runs[0].report, *second = runs.runs[1].report;
    assert_true(runs.runs[0].original && !runs.runs[1].original);
    assert_string_equal(first->after.precision, "FP32");
    assert_string_equal(second->after.precision, "INT8");
    assert_near(row(first, "top-1")->after.value, 100, 0);
    assert_near(row(second, "top-1")->before.value, 100, 0);
    assert_int_equal(second->n_layers, 4);
    assert_string_equal(first->layers[1].precision_after, "f32");
    assert_string_equal(second->layers[1].precision_after, "i8");
    assert_true(second->layers[1].sqnr_db > 10 && second->layers[1].sqnr_db < 80);
    assert_null(runs.plans[0]); /* nothing in it is quantized */
    assert_int_equal(runs.plans[1]->n_weights, 4);

    /* The same figures as in the report of the run that made it. */
    rq_report written;
    assert_ok(rq_report_read(&written, arena, scratch_path(state, "run/first/report.json")));
    assert_near(row(second, "top-1")->after.value, row(&written, "top-1")->after.value, 1e-9);
    assert_near(row(second, "SQNR")->after.value, row(&written, "SQNR")->after.value, 1e-6);
    rq_compare_runs_close(&runs);
    free(data);
    free(a);
    free(b);
}

/* -- read off a model ------------------------------------------------------------------------- */

typedef struct fixture {
    rq_workload workload;
    rq_stats *stats;
    rq_quant_plan *plan;
    rq_graph *quantized;
    rq_bound *bound; /* of the quantized graph */
} fixture;

static void open_fixture(fixture *f, rq_precision precision)
{
    rq_plan_options options = toy_plan;
    options.precision = precision;
    toy_open(&f->workload, toy_graph(&(toy_net){.loud = 1, .classes = true}), TOY_GENERATED);
    f->stats = toy_stats(&f->workload);
    assert_ok(rq_quant_plan_create(&f->plan, f->workload.bound, f->stats, &options, NULL));
    assert_ok(rq_build_int8(&f->quantized, f->workload.graph, f->plan));
    assert_ok(rq_bind(&f->bound, f->quantized, NULL, 0));
}

static void close_fixture(fixture *f)
{
    rq_bound_destroy(&f->bound);
    rq_graph_destroy(&f->quantized);
    rq_quant_plan_destroy(&f->plan);
    rq_stats_destroy(&f->stats);
    rq_workload_close(&f->workload);
}

static void test_a_plan_read_off(void **state)
{
    fixture f;
    rq_plan_file *read;
    (void)state;
    open_fixture(&f, RQ_PRECISION_INT8);
    assert_ok(rq_compare_read_plan(&read, f.bound));
    assert_int_equal(read->n_activations, f.plan->n_activations);
    assert_int_equal(read->n_weights, 4);
    assert_int_equal(read->n_ignored, 0);
    for (size_t i = 0; i < f.plan->n_activations; i++) {
        const rq_plan_activation *want = &f.plan->activations[i];
        char name[64];
        const rq_plan_file_activation *got = rq_plan_file_activation_of(
            read, rq_value_name(f.workload.graph, want->point.value, name, sizeof name));
        assert_non_null(got);
        assert_int_equal(got->levels, want->levels);
        assert_int_equal(got->n, want->n);
        assert_true(got->low[0] == want->low[0] && got->high[0] == want->high[0]);
    }
    for (size_t i = 0; i < 4; i++) {
        const rq_plan_weight *want = &f.plan->weights[i];
        const char *layer = f.workload.graph->nodes[want->point.node]->name;
        const rq_plan_file_weight *got = rq_plan_file_weight_of(read, layer, want->point.port);
        assert_non_null(got);
        assert_int_equal(got->precision, RQ_PRECISION_INT8);
        assert_int_equal(got->n, rq_weight_channels(&want->layout));
        assert_memory_equal(got->scales, want->codes.scales, got->n * sizeof(float));
    }
    rq_plan_file_destroy(&read);
    close_fixture(&f);
}

static void test_weights_alone_and_nothing(void **state)
{
    fixture f;
    rq_plan_file *read;
    rq_report report;
    (void)state;
    open_fixture(&f, RQ_PRECISION_INT8_WEIGHTS);
    assert_ok(rq_compare_read_plan(&read, f.bound));
    assert_int_equal(read->n_activations, 0);
    assert_int_equal(read->n_weights, 4);
    assert_int_equal(read->weights[0].precision, RQ_PRECISION_INT8_WEIGHTS);
    rq_plan_file_destroy(&read);
    rq_report_init(&report);
    assert_ok(rq_compare_read_layers(&report, f.bound, arena));
    assert_int_equal(report.n_layers, 4);
    assert_string_equal(report.layers[3].name, "classes");
    assert_string_equal(report.layers[3].precision_after, "i8 weights");
    assert_true(isnan(report.layers[3].low));

    assert_ok(rq_compare_read_plan(&read, f.workload.bound));
    assert_int_equal(read->n_weights, 0);
    assert_int_equal(read->n_ignored, 4);
    assert_string_equal(read->ignored[0].layer, "conv1");
    rq_plan_file_destroy(&read);
    close_fixture(&f);
}

static void test_ranges_of_layers(void **state)
{
    fixture f;
    rq_report report;
    (void)state;
    open_fixture(&f, RQ_PRECISION_INT8);
    rq_report_init(&report);
    assert_ok(rq_compare_read_layers(&report, f.bound, arena));
    assert_string_equal(report.layers[1].precision_after, "i8");
    for (size_t i = 0; i < f.plan->n_activations; i++) {
        const rq_plan_activation *a = &f.plan->activations[i];
        if (a->point.value != rq_graph_find_value(f.workload.graph, "relu1")) continue;
        assert_near(report.layers[1].low, a->low[0], 0);
        assert_near(report.layers[1].high, a->high[0], 0);
    }
    close_fixture(&f);
}

/* -- matching --------------------------------------------------------------------------------- */

static rq_graph *two_layers(const char *second, const char *type, int64_t channels)
{
    rq_graph *g;
    assert_ok(rq_graph_create(&g, "layers"));
    rq_id x = build_input(g, "x", RQ_DT_F32, SHAPE(1, 2, 4, 4));
    rq_id y = build_conv(g, "first", x, 2, 2, 1);
    rq_id z =
        !strcmp(type, "ReLU") ? build_relu(g, second, y) : build_conv(g, second, y, channels, 2, 1);
    build_result(g, z);
    rq_bound *bound;
    assert_ok(rq_bind(&bound, g, NULL, 0));
    assert_ok(rq_graph_make_static(g, bound));
    for (rq_id v = 0; v < g->n_values; v++) g->values[v]->dtype = bound->values[v].dtype;
    rq_bound_destroy(&bound);
    return g;
}

/* What "second" of the other graph is compared with; of both, "first" is the same. */
static rq_id match_second(const rq_graph *before, rq_graph *after)
{
    rq_id *same;
    assert_ok(rq_compare_match(&same, before, after, arena));
    assert_int_equal(same[rq_graph_find_value(after, "first")],
                     rq_graph_find_value(before, "first"));
    const rq_node *node = rq_graph_find(after, "second");
    rq_id found = node ? same[node->out[0]] : RQ_NONE;
    rq_graph_destroy(&after);
    return found;
}

static void test_layers_are_matched(void **state)
{
    rq_graph *before = two_layers("second", "Convolution", 3);
    (void)state;
    assert_int_equal(match_second(before, two_layers("second", "Convolution", 3)),
                     rq_graph_find_value(before, "second"));
    assert_int_equal(match_second(before, two_layers("second", "Convolution", 5)), RQ_NONE);
    assert_int_equal(match_second(before, two_layers("second", "ReLU", 0)), RQ_NONE);
    assert_int_equal(match_second(before, two_layers("another", "Convolution", 3)), RQ_NONE);
    rq_graph *moved = two_layers("second", "Convolution", 3);
    assert_ok(rq_graph_set_rt_info(moved, "requant/equalized/layer0", "second"));
    assert_int_equal(match_second(before, moved), RQ_NONE); /* its scales are others */
    rq_graph_destroy(&before);
}

static int setup(void **state)
{
    if (scratch_setup(state) != 0 || rq_arena_create(&arena) != RQ_OK) return -1;
    toy_write_images(state, "images", N_IMAGES, 60);
    toy_save(state, "toy", toy_graph(&(toy_net){.loud = 4, .classes = true}));
    toy_folder(state, "run");
    toy_folder(state, "other");
    write_run(state, "run/first", "minmax");
    write_run(state, "run/second", "percentile");
    write_run(state, "other/first", "minmax");
    return 0;
}

static int teardown(void **state)
{
    rq_arena_destroy(&arena);
    return scratch_teardown(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_folders),          cmocka_unit_test(test_names),
        cmocka_unit_test(test_what_is_missing),  cmocka_unit_test(test_models_on_the_spot),
        cmocka_unit_test(test_a_plan_read_off),  cmocka_unit_test(test_weights_alone_and_nothing),
        cmocka_unit_test(test_ranges_of_layers), cmocka_unit_test(test_layers_are_matched),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
