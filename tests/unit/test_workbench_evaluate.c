/* Metrics of one or two models over images: labels, agreement, and the error of every layer. */
#include "tests/unit/toy_workload.h"

#include "engine/base/callbacks.h"
#include "engine/workbench/evaluate/evaluate.h"
#include "engine/workbench/search/build_quantized.h"
#include "quant/plan_create.h"
#include "tests/unit/test_report_near.h"

#define N_IMAGES 9

typedef struct fixture {
    rq_workload workload;
    rq_arena *arena;
    rq_evaluation evaluation;
    rq_report_accuracy *rows;
    size_t n;
    char data[4096];
} fixture;

static void open_fixture(fixture *f, void **state, const toy_net *net)
{
    snprintf(f->data, sizeof f->data, "%s", scratch_path(state, "images"));
    toy_open(&f->workload, toy_graph(net), f->data);
    assert_ok(rq_arena_create(&f->arena));
}

static void close_fixture(fixture *f)
{
    rq_arena_destroy(&f->arena);
    rq_workload_close(&f->workload);
}

static void evaluate(fixture *f, const rq_evaluate_options *options)
{
    assert_ok(rq_evaluate_run(&f->evaluation, &f->workload, options));
    assert_ok(rq_measure_rows(&f->rows, &f->n, f->evaluation.measure, f->arena));
}

static const rq_report_accuracy *row(const fixture *f, const char *metric)
{
    for (size_t i = 0; i < f->n; i++)
        if (!strcmp(f->rows[i].metric, metric)) return &f->rows[i];
    fail_msg("no %s", metric);
    return NULL;
}

static rq_graph *quantize(const fixture *f)
{
    rq_stats *stats = toy_stats(&f->workload);
    rq_quant_plan *plan;
    rq_graph *graph;
    assert_ok(rq_quant_plan_create(&plan, f->workload.bound, stats, &toy_plan, NULL));
    assert_ok(rq_build_int8(&graph, f->workload.graph, plan));
    rq_quant_plan_destroy(&plan);
    rq_stats_destroy(&stats);
    return graph;
}

/* -- one model -------------------------------------------------------------------------------- */

static void test_one_model_against_labels(void **state)
{
    fixture f;
    open_fixture(&f, state, &(toy_net){.loud = 1, .classes = true});
    f.workload.images.dataset->samples[4].label = 2; /* one that is not so */
    evaluate(&f, &(rq_evaluate_options){.after = f.workload.graph});
    const rq_report_accuracy *top1 = row(&f, "top-1");
    assert_near(top1->after.value, 100.0 * 8 / 9, 1e-9);
    assert_true(top1->after.low < 80 && top1->after.high > 95);
    assert_near(top1->images, N_IMAGES, 0);
    assert_true(isnan(top1->before.value));
    assert_null(f.evaluation.layers);
    size_t n;
    const rq_image_result *images = rq_measure_images(f.evaluation.measure, &n);
    assert_int_equal(n, N_IMAGES);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(images[i].image, i);
        assert_int_equal(images[i].after, f.workload.images.dataset->samples[i].name[0] - 'a');
        assert_true(isnan(images[i].sqnr_db));
    }
    rq_evaluation_close(&f.evaluation);
    close_fixture(&f);
}

static void take_log(void *ctx, const char *text)
{
    snprintf(ctx, 256, "%s", text);
}

static void count_lines(void *ctx, const char *text)
{
    (void)text;
    ++*(size_t *)ctx;
}

/* More classes than outputs: what lists them is refused before an image is run, sub-folders may
 * have other reasons. */
static void test_labels_that_do_not_fit(void **state)
{
    fixture f;
    char log[256] = "";
    const rq_callbacks callbacks = {.ctx = log, .log = take_log};
    open_fixture(&f, state, &(toy_net){.loud = 1, .classes = true});
    f.workload.images.dataset->n_classes = 7;
    rq_callbacks_install(&callbacks);
    assert_ok(rq_evaluate_check(&f.workload));
    rq_callbacks_install(NULL);
    assert_non_null(strstr(log, "evaluating without labels"));
    evaluate(&f, &(rq_evaluate_options){.before = f.workload.graph, .after = f.workload.graph});
    for (size_t i = 0; i < f.n; i++) assert_string_not_equal(f.rows[i].metric, "top-1");
    assert_true(row(&f, "SQNR")->after.value == INFINITY);
    for (size_t i = 0; i < f.n; i++) assert_string_not_equal(f.rows[i].metric, "agreement");
    rq_evaluation_close(&f.evaluation);
    f.workload.request.adapter = "classification"; /* else they only could be classes */
    f.workload.images.dataset->by_folder = false;
    f.workload.images.name = "table.csv";
    assert_fails(rq_evaluate_check(&f.workload), RQ_EARG, "table.csv has 7 classes");
    f.workload.request.adapter = NULL;
    f.workload.images.labels = "labels.txt";
    assert_fails(rq_evaluate_check(&f.workload), RQ_EARG, "labels.txt has 7 classes");
    assert_fails(rq_evaluate_run(&f.evaluation, &f.workload,
                                 &(rq_evaluate_options){.after = f.workload.graph}),
                 RQ_EARG, "labels.txt has 7 classes");
    rq_evaluation_close(&f.evaluation);
    close_fixture(&f);
}

/* Two names of three classes: their places among each other are no classes. */
static void test_labels_by_fewer_names(void **state)
{
    fixture f;
    char log[256] = "";
    const rq_callbacks callbacks = {.ctx = log, .log = take_log};
    open_fixture(&f, state, &(toy_net){.loud = 1, .classes = true});
    rq_dataset *dataset = f.workload.images.dataset;
    dataset->n_classes = dataset->n_sorted_names = 2;
    dataset->by_folder = false;
    f.workload.images.labels = "labels.txt";
    assert_fails(rq_evaluate_check(&f.workload), RQ_EARG,
                 "labels.txt: classes by name, 2 in all, but output 'classes' has 3: ");
    assert_non_null(strstr(rq_error_text(), "--class-names FILE"));
    f.workload.of_images.names_file = "names.txt";
    assert_fails(rq_evaluate_check(&f.workload), RQ_EARG, "none is called so in names.txt");
    f.workload.of_images.names_file = NULL;
    f.workload.images.labels = NULL; /* nor are they evidence of what the output is */
    f.workload.images.name = "list.txt";
    rq_callbacks_install(&callbacks);
    assert_ok(rq_evaluate_check(&f.workload));
    rq_callbacks_install(NULL);
    assert_non_null(strstr(log, "evaluating without labels (--class-names FILE"));
    dataset->n_classes = dataset->n_sorted_names = 3;
    assert_ok(rq_evaluate_check(&f.workload));
    close_fixture(&f);
}

static void test_names_that_do_not_fit(void **state)
{
    static const char *const names[] = {"background", "red", "green", "blue"};
    fixture f;
    char log[256] = "";
    const rq_callbacks callbacks = {.ctx = log, .log = take_log};
    open_fixture(&f, state, &(toy_net){.loud = 1, .classes = true});
    f.workload.of_images.model_names = (rq_class_names){names, 4};
    rq_callbacks_install(&callbacks); /* the model's own are all that there is */
    assert_ok(rq_evaluate_check(&f.workload));
    rq_callbacks_install(NULL);
    assert_non_null(strstr(log, "the model names 4 classes, but output 'classes' has 3"));
    f.workload.of_images.names_file = "names.txt";
    assert_fails(rq_evaluate_check(&f.workload), RQ_EARG,
                 "names.txt has 4 names of classes, but output 'classes' has 3 classes");
    f.workload.of_images.model_names = (rq_class_names){names + 1, 3};
    assert_ok(rq_evaluate_check(&f.workload));
    close_fixture(&f);
}

/* Once, before the images: a run measures several times. */
static void test_an_adapter_is_named_once(void **state)
{
    fixture f;
    char log[256] = "";
    const rq_callbacks callbacks = {.ctx = log, .log = take_log};
    open_fixture(&f, state, &(toy_net){.loud = 1});
    f.workload.images.dataset->truths = RQ_PREDICTION_MASK;
    rq_callbacks_install(&callbacks);
    assert_ok(rq_evaluate_check(&f.workload));
    assert_non_null(strstr(log, "adapter segmentation"));
    log[0] = '\0';
    evaluate(&f, &(rq_evaluate_options){.after = f.workload.graph});
    rq_callbacks_install(NULL);
    assert_string_equal(log, "");
    rq_evaluation_close(&f.evaluation);
    close_fixture(&f);
}

static void count_images(void *ctx, const char *title, size_t done, size_t total)
{
    size_t *most = ctx;
    (void)title;
    (void)total;
    if (done > *most) *most = done;
}

/* An API's caller learns it too; nobody waits for all images to hear it. */
static void test_without_ground_truth_there_is_nothing_to_measure(void **state)
{
    fixture f;
    size_t images = 0;
    const rq_callbacks callbacks = {.ctx = &images, .progress = count_images};
    open_fixture(&f, state, &(toy_net){.loud = 1, .classes = true});
    f.workload.images.dataset->labelled = false;
    rq_callbacks_install(&callbacks);
    assert_fails(
        rq_evaluate_run(&f.evaluation, &f.workload,
                        &(rq_evaluate_options){.after = f.workload.graph, .needs_metrics = true}),
        RQ_EARG, "nothing to measure: accuracy needs ground truth");
    rq_callbacks_install(NULL);
    assert_int_equal(images, 1);
    rq_evaluation_close(&f.evaluation);
    evaluate(&f, &(rq_evaluate_options){.after = f.workload.graph});
    assert_int_equal(f.n, 0);
    rq_evaluation_close(&f.evaluation);
    close_fixture(&f);
}

/* -- two models ------------------------------------------------------------------------------- */

static void test_a_model_agrees_with_itself(void **state)
{
    fixture f;
    open_fixture(&f, state, &(toy_net){.loud = 1, .classes = true});
    evaluate(&f, &(rq_evaluate_options){.before = f.workload.graph,
                                        .after = f.workload.graph,
                                        .bound = f.workload.bound});
    assert_near(row(&f, "agreement")->after.value, 100, 0);
    assert_near(row(&f, "top-1")->delta.value, 0, 0);
    assert_true(isinf(row(&f, "SQNR")->after.value));
    assert_int_equal(rq_layer_compare_count(f.evaluation.layers), 4);
    for (size_t i = 0; i < 4; i++) {
        const rq_layer_error *e = rq_layer_compare_at(f.evaluation.layers, i);
        assert_true(e->noise == 0 && e->signal > 0 && e->dot == e->signal);
    }
    rq_evaluation_close(&f.evaluation);
    close_fixture(&f);
}

/* The channel that drowns others spoils conv2's output, not conv1's. */
static void test_layers_show_where_it_begins(void **state)
{
    fixture f;
    open_fixture(&f, state, &(toy_net){.loud = 1000, .classes = true});
    rq_graph *quantized = quantize(&f);
    const rq_evaluate_options options = {
        .before = f.workload.graph, .after = quantized, .bound = f.workload.bound};
    evaluate(&f, &options);
    double sqnr[2];
    for (size_t i = 0; i < 2; i++) {
        const rq_layer_error *e = rq_layer_compare_at(f.evaluation.layers, i);
        sqnr[i] = 10 * log10(e->signal / e->noise);
    }
    const rq_layer_error *second = rq_layer_compare_at(f.evaluation.layers, 1);
    assert_string_equal(f.workload.graph->nodes[second->node]->name, "conv2");
    assert_int_equal(second->value, rq_graph_find_value(f.workload.graph, "relu2"));
    assert_true(sqnr[0] > 40 && sqnr[1] < 25);
    const rq_report_accuracy *top1 = row(&f, "top-1");
    assert_near(top1->before.value, 100, 0);
    assert_true(top1->after.value < 60);
    assert_near(top1->lost, round(N_IMAGES * (1 - top1->after.value / 100)), 0);
    assert_near(row(&f, "agreement")->after.value, top1->after.value, 1e-9);
    rq_evaluation_close(&f.evaluation);
    rq_graph_destroy(&quantized);
    close_fixture(&f);
}

/* One accuracy, whatever else is looked at, and whoever works. */
static void test_comparing_layers_changes_no_figure(void **state)
{
    fixture f;
    open_fixture(&f, state, &(toy_net){.loud = 300, .classes = true});
    f.workload.exec.backend = NULL;
    rq_graph *quantized = quantize(&f);
    rq_evaluate_options options = {.before = f.workload.graph, .after = quantized};
    evaluate(&f, &options);
    size_t n = f.n;
    const rq_report_accuracy *plain = f.rows;
    rq_evaluation_close(&f.evaluation);
    options.bound = f.workload.bound;
    f.workload.threads = 3;
    evaluate(&f, &options);
    assert_int_equal(f.n, n);
    for (size_t i = 0; i < n; i++) {
        assert_string_equal(f.rows[i].metric, plain[i].metric);
        assert_true(f.rows[i].after.value == plain[i].after.value);
    }
    rq_evaluation_close(&f.evaluation);
    rq_graph_destroy(&quantized);
    close_fixture(&f);
}

/* One that cannot be read is told of once, and counts for nothing, though layers are compared in a
 * pass of their own. */
static void test_unreadable_images_are_left_out_of_layers(void **state)
{
    toy_write_images(state, "spoilt", N_IMAGES, 30);
    scratch_file(state, "spoilt/a_red/00.jpg", "nothing", 7);
    rq_workload spoilt;
    toy_open(&spoilt, toy_graph(&(toy_net){.loud = 1, .classes = true}),
             scratch_path(state, "spoilt"));
    spoilt.images.max_bad = 0.5;
    const rq_evaluate_options options = {
        .before = spoilt.graph, .after = spoilt.graph, .bound = spoilt.bound};
    rq_evaluation evaluation;
    size_t told = 0;
    rq_callbacks callbacks = {.log = count_lines, .ctx = &told};
    const rq_callbacks *before = rq_callbacks_install(&callbacks);
    assert_ok(rq_evaluate_run(&evaluation, &spoilt, &options));
    rq_callbacks_install(before);
    assert_int_equal(rq_layer_compare_images(evaluation.layers), N_IMAGES - 1);
    assert_int_equal(told, 1);
    rq_evaluation_close(&evaluation);
    rq_workload_close(&spoilt);
}

/* -- the error of a layer, by hand ------------------------------------------------------------ */

static void test_sums_of_a_layer(void **state)
{
    rq_layer_compare *c;
    rq_graph *g;
    rq_bound *bound;
    float want[] = {3, 0, -4, 0}, got[] = {3, 0, -3, 0};
    float want_last[] = {3, -4, 0, 0}, got_last[] = {3, -3, 0, 0};
    (void)state;
    assert_ok(rq_graph_create(&g, "layers"));
    rq_id x = build_input(g, "x", RQ_DT_F32, SHAPE(1, 2, 1, 2));
    rq_id y = build_with_const(g, "bias", "Add", build_conv(g, "conv", x, 2, 2, 1), 2);
    rq_id relu = build_relu(g, "relu", y);
    build_result(g, relu);
    assert_ok(rq_bind(&bound, g, NULL, 0));
    assert_ok(rq_layer_compare_create(&c, bound, 1));
    assert_int_equal(rq_layer_compare_count(c), 1);
    assert_int_equal(rq_layer_compare_at(c, 0)->value, relu); /* behind bias and activation */
    assert_true(rq_layer_compare_wanted(c)[relu] && !rq_layer_compare_wanted(c)[y]);
    for (int image = 0; image < 2; image++) {
        bool last[] = {image == 1, true}; /* where channels lie, on either side */
        const rq_tensor a = {RQ_DT_F32, SHAPE(1, 2, 1, 2), last[0] ? want_last : want};
        const rq_tensor b = {RQ_DT_F32, SHAPE(1, 2, 1, 2), last[1] ? got_last : got};
        assert_ok(rq_layer_compare_observe(c, 0, 0, relu, &a, last[0]));
        assert_ok(rq_layer_compare_observe(c, 0, 1, relu, &b, last[1]));
        assert_ok(rq_layer_compare_observe(c, 0, 1, x, &b, last[1])); /* not wanted */
        rq_layer_compare_merge(c, 0);
    }
    const rq_layer_error *e = rq_layer_compare_at(c, 0);
    assert_near(e->signal, 2 * 25, 0);
    assert_near(e->noise, 2 * 1, 0);
    assert_near(e->dot, 2 * 21, 0);
    assert_near(e->other, 2 * 18, 0);
    assert_int_equal(rq_layer_compare_images(c), 2);
    rq_layer_compare_destroy(&c);
    rq_bound_destroy(&bound);
    rq_graph_destroy(&g);
}

static void test_layers_take_images_evenly(void **state)
{
    (void)state;
    static const size_t sizes[] = {1, 63, 64, 65, 100, 1000, 50000};
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
        size_t n = sizes[k], taken = 0, halves[2] = {0, 0};
        for (size_t i = 0; i < n; i++) {
            if (!rq_layer_compare_takes(i, n)) continue;
            taken++;
            halves[2 * i >= n]++;
        }
        assert_int_equal(taken, n < RQ_LAYER_IMAGES ? n : RQ_LAYER_IMAGES);
        if (n > RQ_LAYER_IMAGES) assert_true(halves[0] >= 31 && halves[1] >= 31);
    }
}

static int setup(void **state)
{
    return toy_images_setup(state, N_IMAGES, 30);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_model_against_labels),
        cmocka_unit_test(test_labels_that_do_not_fit),
        cmocka_unit_test(test_labels_by_fewer_names),
        cmocka_unit_test(test_names_that_do_not_fit),
        cmocka_unit_test(test_an_adapter_is_named_once),
        cmocka_unit_test(test_without_ground_truth_there_is_nothing_to_measure),
        cmocka_unit_test(test_a_model_agrees_with_itself),
        cmocka_unit_test(test_layers_show_where_it_begins),
        cmocka_unit_test(test_comparing_layers_changes_no_figure),
        cmocka_unit_test(test_unreadable_images_are_left_out_of_layers),
        cmocka_unit_test(test_sums_of_a_layer),
        cmocka_unit_test(test_layers_take_images_evenly),
    };
    return cmocka_run_group_tests(tests, setup, scratch_teardown);
}
