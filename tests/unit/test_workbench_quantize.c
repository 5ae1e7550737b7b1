/* From a model and images to a quantized model on disk: the files that are left, what they say, and
 * that each of them is enough to do the same again. */
#include "tests/unit/toy_quantize.h"

#include "datasets/generated.h"
#include "engine/base/callbacks.h"
#include "engine/workbench/quantize/resources.h"
#include "engine/workbench/sensitivity/sensitivity_setup.h"
#include "reports/fields.h"
#include "tests/unit/test_report_near.h"

#define N_IMAGES 9

static bool is_there(void **state, const char *name)
{
    return rq_is_file(scratch_path(state, name));
}

static void assert_same_file(void **state, const char *a, const char *b)
{
    char *x, *y;
    size_t n_x, n_y;
    assert_ok(rq_read_file(&x, &n_x, scratch_path(state, a), 1 << 24));
    assert_ok(rq_read_file(&y, &n_y, scratch_path(state, b), 1 << 24));
    assert_int_equal(n_x, n_y);
    assert_memory_equal(x, y, n_x);
    free(x);
    free(y);
}

static size_t count(const rq_graph *graph, const char *type)
{
    size_t n = 0;
    for (size_t i = 0; i < graph->n_nodes; i++)
        n += graph->nodes[i] && !strcmp(graph->nodes[i]->type, type);
    return n;
}

static void take_log(void *ctx, const char *text)
{
    snprintf(ctx, 512, "%s", text);
}

/* -- what it needs ---------------------------------------------------------------------------- */

static void test_what_is_needed_is_told_before(void **state)
{
    toy_job job;
    char text[512] = "";
    const rq_callbacks callbacks = {.ctx = text, .log = take_log};
    toy_job_open(&job, state, "plain", "images", "int8");
    toy_job_read(&job);
    rq_decide_options decide = job.options.decide;
    rq_resources r = rq_resources_estimate(&job.workload, &decide, 3);
    rq_resources unmeasured = rq_resources_estimate(&job.workload, &decide, 0);
    assert_float_equal(r.seconds - unmeasured.seconds, 6, 0.5); /* of two models */
    decide.plan.precision = RQ_PRECISION_FP16;
    rq_resources half = rq_resources_estimate(&job.workload, &decide, 3);
    assert_true(r.least > 0 && half.least > r.least && r.disk > r.least && r.seconds > 0);
    const rq_callbacks *before = rq_callbacks_install(&callbacks);
    assert_ok(rq_resources_check(&r, scratch_path(state, "")));
    assert_string_equal(text, ""); /* quick work needs no words */
    r.seconds = 600;
    assert_ok(rq_resources_check(&r, scratch_path(state, "")));
    rq_callbacks_install(before);
    assert_non_null(strstr(text, "roughly 10 minutes where nothing else uses the CPU"));
    assert_non_null(strstr(text, "of it for images that are kept: --memory"));
    r.least = UINT64_MAX;
    assert_fails(rq_resources_check(&r, scratch_path(state, "")), RQ_EIO, "needs at least");
    toy_job_close(&job);
}

/* Runs of the stages that there will be, no others. */
static void test_stages_that_run_are_counted(void **state)
{
    (void)state;
    const double evaluated = 2 * 300 + 2 * 64; /* both models, and layers on some images */
    const double search = 1.3 * (50 + 0.8 * 300);
    rq_dataset dataset = {.n = 300};
    rq_workload toy;
    toy_open(&toy, toy_graph(&(toy_net){.loud = 1}), TOY_GENERATED);
    rq_workload photos = {.data.name = "photos", .images.dataset = &dataset, .bound = toy.bound},
                none = {.bound = toy.bound};
    rq_workload invented = photos;
    invented.data.name = RQ_GENERATED_PREFIX "300";
    rq_decide_options plain = {.plan = {.precision = RQ_PRECISION_INT8, .range = "minmax"}};
    rq_decide_options all = {
        .plan = {.precision = RQ_PRECISION_INT8, .rounding = RQ_ROUNDING_ADAPTIVE},
        .equalize = RQ_EQUALIZE_AUTO};
    rq_decide_options half = all, again = all, biases = plain, preset = plain;
    half.plan.precision = RQ_PRECISION_FP16;
    again.given_stats = "stats.h5"; /* there is no equalized network that they are of, either */
    biases.plan.bias_correction = true;
    preset.plan.preset = RQ_PRESET_AUTO;
    assert_float_equal(rq_resources_runs(&none, &all), 0, 0);
    assert_float_equal(rq_resources_runs(&photos, &half), evaluated, 1e-9);
    assert_float_equal(rq_resources_runs(&photos, &plain), evaluated + 1.3 * 300, 1e-9);
    assert_float_equal(rq_resources_runs(&photos, &all),
                       rq_resources_runs(&photos, &plain) + 3 * search, 1e-9);
    assert_float_equal(rq_resources_runs(&photos, &all) - rq_resources_runs(&photos, &again),
                       1.3 * 300 + search, 1e-9);
    assert_float_equal(rq_resources_runs(&photos, &preset),
                       rq_resources_runs(&photos, &plain) + search, 1e-9);
    assert_true(rq_resources_runs(&photos, &biases) > rq_resources_runs(&photos, &plain) + 300);
    assert_float_equal(rq_resources_runs(&invented, &all), rq_resources_runs(&photos, &plain),
                       1e-9);
    rq_workload_close(&toy);
}

/* -- INT8 ------------------------------------------------------------------------------------- */

static void test_all_files_are_there(void **state)
{
    static const char *const files[] = {"int8/plain-int8.xml", "int8/plain-int8.bin",
                                        "int8/stats.h5",       "int8/plan.json",
                                        "int8/report.json",    "int8/report.html"};
    toy_job job;
    rq_graph *written;
    toy_job_open(&job, state, "plain", "images", "int8");
    toy_job_read(&job);
    toy_job_run(&job);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        if (!is_there(state, files[i])) fail_msg("no %s", files[i]);
    assert_false(is_there(state, "int8/stats-equalized.h5"));
    assert_ok(rq_ir_read(&written, scratch_path(state, "int8/plain-int8.xml")));
    assert_int_equal(count(written, "FakeQuantize"), 4);
    assert_int_equal(count(written, "Convert"), 4); /* of integer weights */
    assert_string_equal(rq_graph_rt_info(written, "requant/precision"), "int8");
    assert_string_equal(rq_graph_rt_info(written, "requant/preset"), "performance");
    assert_string_equal(rq_graph_rt_info(written, "requant/range"), "minmax");
    rq_graph_destroy(&written);
    toy_job_close(&job);
}

/* A plan that was written, followed: the same bytes, and no range is chosen again. */
static void follow(void **state, const char *model, const char *first, const char *second,
                   size_t n_equalizations)
{
    toy_job job;
    char path[256];
    toy_job_open(&job, state, model, "images", second);
    snprintf(path, sizeof path, "%s/plan.json", first);
    assert_ok(rq_plan_file_read(&job.options.decide.given, scratch_path(state, path)));
    assert_int_equal(job.options.decide.given->n_equalizations, n_equalizations);
    job.options.decide.plan = job.options.decide.given->settings;
    job.options.decide.plan.range = "mse";
    toy_job_read(&job);
    toy_job_run(&job);
    assert_int_equal(job.q.decision.n_equalizations, n_equalizations);
    const char *word = rq_precision_word(job.q.decision.plan->options.precision);
    toy_job_close(&job);
    rq_plan_file_destroy(&job.options.decide.given);

    char a[256], b[256];
    snprintf(a, sizeof a, "%s/%s-%s.bin", first, model, word);
    snprintf(b, sizeof b, "%s/%s-%s.bin", second, model, word);
    assert_same_file(state, a, b);
}

static void test_a_plan_does_it_again(void **state)
{
    toy_job job;
    toy_job_open(&job, state, "plain", "images", "planned");
    toy_job_read(&job);
    toy_job_run(&job);
    toy_job_close(&job);
    follow(state, "plain", "planned", "followed", 0);
}

/* The loud channel's scale moves, by a plan too. */
static void test_moved_scales(void **state)
{
    toy_job job;
    toy_job_open(&job, state, "loud", "images", "moved");
    job.options.decide.equalize = RQ_EQUALIZE_AUTO;
    toy_job_read(&job);
    toy_job_run(&job);
    assert_true(job.q.decision.n_equalizations > 0);
    assert_non_null(job.q.decision.model);
    assert_ptr_equal(job.q.decision.workload.graph, job.q.decision.changed);
    assert_true(is_there(state, "moved/stats-equalized.h5"));
    assert_true(job.q.finished.report.n_notes > 0);
    size_t n_equalizations = job.q.decision.n_equalizations;
    toy_job_close(&job);
    follow(state, "loud", "moved", "moved-again", n_equalizations);

    /* Of a run without moves into the same folder they are not. */
    toy_job_open(&job, state, "loud", "images", "moved");
    toy_job_read(&job);
    toy_job_run(&job);
    assert_int_equal(job.q.decision.n_equalizations, 0);
    assert_true(is_there(state, "moved/stats.h5"));
    assert_false(is_there(state, "moved/stats-equalized.h5"));
    toy_job_close(&job);
}

/* Inputs of 4-bit weights are scaled, by a plan too. */
static void test_scaled_inputs_of_4_bit_weights(void **state)
{
    toy_job job;
    toy_job_open(&job, state, "loud-inputs", "images", "scaled");
    job.options.decide.equalize = RQ_EQUALIZE_AUTO;
    job.options.decide.plan = toy_plan_of_4_bits;
    toy_job_read(&job);
    toy_job_run(&job);
    size_t n_equalizations = job.q.decision.n_equalizations;
    assert_true(n_equalizations > 0);
    assert_true(is_there(state, "scaled/loud-inputs-int4-weights.bin"));
    assert_true(is_there(state, "scaled/stats-equalized.h5"));
    toy_job_close(&job);
    follow(state, "loud-inputs", "scaled", "scaled-again", n_equalizations);
}

/* 50 divides the inputs of none: the nearest that does is taken, and said. */
static void test_what_became_of_4_bits_is_said(void **state)
{
    toy_job job;
    static const char *const ignored[] = {"b"};
    toy_job_open(&job, state, "loud-inputs", "images", "told");
    job.options.decide.plan = toy_plan_of_4_bits;
    job.options.decide.plan.group_size = 50;
    job.options.decide.plan.scope = (rq_ignored_scope){.names = ignored, .n_names = 1};
    toy_job_read(&job);
    toy_job_run(&job);
    const rq_report *report = &job.q.finished.report;
    bool told = false;
    for (size_t i = 0; i < report->n_notes; i++)
        told = told || !strcmp(report->notes[i].text,
                               "INT4 was asked for, weights are 1 in INT4 (1: groups of 48, as 50 "
                               "do not divide their 192 inputs); 1 in INT8 (1: the last MatMul); "
                               "1 in floating point (1: ignored name 'b'); 3 in all.");
    assert_true(told);
    toy_job_close(&job);
}

/* What tune tries first and analyze measures is what quantize writes, moved scales and all. */
static void test_tune_and_analyze_judge_the_same_model(void **state)
{
    toy_job job;
    rq_setup setup;
    rq_steps steps;
    char written[RQ_DIGEST_TEXT], judged[RQ_DIGEST_TEXT];
    toy_job_open(&job, state, "loud", "images", "judged");
    job.options.decide.equalize = RQ_EQUALIZE_AUTO;
    job.options.decide.plan.range = NULL; /* searched */
    toy_job_read(&job);
    toy_job_run(&job);
    rq_steps_begin(&steps, 0);
    assert_ok(rq_setup_open(&setup, &job.workload, &job.options.decide, &steps));
    assert_true(setup.decision.n_equalizations > 0);
    assert_ptr_equal(setup.decision.model, job.workload.graph);
    assert_ok(rq_graph_digest(written, job.q.finished.result));
    assert_ok(rq_graph_digest(judged, setup.quantized));
    assert_string_equal(written, judged);
    rq_setup_close(&setup);
    toy_job_close(&job);
}

static void test_a_plan_for_another_model(void **state)
{
    toy_job job;
    toy_job_open(&job, state, "plain", "images", "another");
    toy_job_read(&job);
    toy_job_run(&job);
    toy_job_close(&job);
    toy_job_open(&job, state, "loud", "images", "never");
    assert_ok(
        rq_plan_file_read(&job.options.decide.given, scratch_path(state, "another/plan.json")));
    assert_ok(rq_workload_read(&job.workload, job.model));
    assert_fails(rq_quantize_open(&job.workload, &job.options), RQ_EFORMAT, "plan.json");
    toy_job_close(&job);
    rq_plan_file_destroy(&job.options.decide.given);
}

/* Statistics that were kept are enough: no images are run, and nothing is measured. */
static void test_given_statistics(void **state)
{
    toy_job job;
    char stats[4096];
    toy_job_open(&job, state, "plain", "images", "seen");
    toy_job_read(&job);
    toy_job_run(&job);
    toy_job_close(&job);
    snprintf(stats, sizeof stats, "%s", scratch_path(state, "seen/stats.h5"));

    toy_job_open(&job, state, "plain", NULL, "blind");
    job.options.decide.given_stats = stats;
    toy_job_read(&job);
    assert_null(job.workload.data.name);
    assert_ok(rq_quantize_run(&job.q, &job.workload, &job.options));
    assert_same_file(state, "seen/plain-int8.bin", "blind/plain-int8.bin");
    assert_int_equal(job.q.finished.report.n_accuracy, 0);
    assert_near(job.q.finished.report.data.calibration_images, N_IMAGES, 0);
    assert_false(is_there(state, "blind/stats.h5"));
    toy_job_close(&job);
}

/* -- other precisions ------------------------------------------------------------------------- */

static void test_fp16(void **state)
{
    toy_job job;
    rq_graph *written;
    rq_report report;
    toy_job_open(&job, state, "plain", NULL, "half");
    job.options.decide.plan.precision = RQ_PRECISION_FP16;
    toy_job_read(&job);
    assert_ok(rq_quantize_run(&job.q, &job.workload, &job.options));
    assert_ok(rq_ir_read(&written, scratch_path(state, "half/plain-fp16.xml")));
    size_t n_half = 0;
    for (size_t i = 0; i < written->n_nodes; i++)
        n_half += written->nodes[i]->data &&
                  written->values[written->nodes[i]->out[0]]->dtype == RQ_DT_F16;
    assert_int_equal(n_half, 4);
    assert_false(is_there(state, "half/plan.json"));
    assert_ok(rq_report_read(&report, job.workload.arena, scratch_path(state, "half/report.json")));
    assert_string_equal(report.after.precision, "FP16");
    assert_string_equal(report.before.precision, "FP32");
    assert_near(report.before.params, 12 + 16 + 16 + 12, 0);
    rq_graph_destroy(&written);
    toy_job_close(&job);

    /* Once more from there: it is told as what it is. */
    toy_job_open(&job, state, "half/plain-fp16", NULL, "half-again");
    job.options.decide.plan.precision = RQ_PRECISION_FP16;
    toy_job_read(&job);
    assert_ok(rq_quantize_run(&job.q, &job.workload, &job.options));
    assert_string_equal(job.q.finished.report.before.precision, "FP16");
    toy_job_close(&job);
}

static void test_weights_alone(void **state)
{
    toy_job job;
    toy_job_open(&job, state, "plain", NULL, "weights");
    job.options.decide.plan.precision = RQ_PRECISION_INT8_WEIGHTS;
    toy_job_read(&job);
    assert_ok(rq_quantize_run(&job.q, &job.workload, &job.options));
    assert_true(is_there(state, "weights/plain-int8-weights.xml"));
    assert_int_equal(job.q.decision.plan->n_activations, 0);
    assert_int_equal(job.q.decision.plan->n_compressed, 4);
    assert_int_equal(count(job.q.finished.result, "FakeQuantize"), 0);
    assert_int_equal(count(job.q.finished.result, "Convert"), 4 * 2); /* of codes, and to f32 */
    assert_null(job.q.decision.stats);
    assert_string_equal(job.q.finished.report.after.precision, "INT8 weights");
    toy_job_close(&job);
}

/* -- what is refused, and what is made up ------------------------------------------------------ */

static void test_a_quantized_model(void **state)
{
    toy_job job;
    char log[512] = "";
    const rq_callbacks callbacks = {.ctx = log, .log = take_log};
    toy_job_open(&job, state, "plain", "images", "once");
    toy_job_read(&job);
    toy_job_run(&job);
    toy_job_close(&job);

    toy_job_open(&job, state, "once/plain-int8", "images", "twice");
    assert_ok(rq_workload_read(&job.workload, job.model));
    assert_fails(rq_quantize_open(&job.workload, &job.options), RQ_EARG,
                 "quantized already (4 FakeQuantize, 4 integer weights, made by requant)");
    toy_job_close(&job);
    toy_job_open(&job, state, "once/plain-int8", "images", "twice");
    job.options.requantize = true;
    rq_callbacks_install(&callbacks);
    toy_job_read(&job);
    rq_callbacks_install(NULL);
    assert_non_null(strstr(log, "its ranges are removed"));
    assert_int_equal(count(job.workload.graph, "FakeQuantize"), 0);
    toy_job_close(&job);
}

static void test_nothing_overwrites_the_model(void **state)
{
    toy_job job;
    toy_job_open(&job, state, "plain", NULL, "plain.xml");
    job.options.decide.plan.precision = RQ_PRECISION_FP16;
    toy_job_read(&job);
    assert_fails(rq_quantize_run(&job.q, &job.workload, &job.options), RQ_EARG,
                 "is the model itself");
    toy_job_close(&job);
}

static void test_pictures_are_made_up_where_there_are_none(void **state)
{
    toy_job job;
    char log[512] = "";
    const rq_callbacks callbacks = {.ctx = log, .log = take_log};
    toy_job_open(&job, state, "plain", NULL, "made-up");
    rq_callbacks_install(&callbacks);
    toy_job_read(&job);
    rq_callbacks_install(NULL);
    assert_string_equal(job.workload.data.name, "generated:100:0");
    assert_int_equal(job.workload.images.dataset->n, 100);
    assert_non_null(strstr(log, "no --data"));
    assert_false(rq_decision_has_real_images(&job.workload));
    assert_true(rq_precision_has_ranges(job.options.decide.plan.precision));
    toy_job_close(&job);
}

static int setup(void **state)
{
    if (scratch_setup(state) != 0) return -1;
    toy_write_images(state, "images", N_IMAGES, 60);
    toy_save(state, "plain", toy_graph(&(toy_net){.loud = 1, .classes = true}));
    toy_save(state, "loud-inputs", toy_loud_inputs());
    toy_save(state, "loud", toy_graph(&(toy_net){.loud = 100, .classes = true}));
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_needed_is_told_before),
        cmocka_unit_test(test_stages_that_run_are_counted),
        cmocka_unit_test(test_all_files_are_there),
        cmocka_unit_test(test_a_plan_does_it_again),
        cmocka_unit_test(test_moved_scales),
        cmocka_unit_test(test_what_became_of_4_bits_is_said),
        cmocka_unit_test(test_tune_and_analyze_judge_the_same_model),
        cmocka_unit_test(test_a_plan_for_another_model),
        cmocka_unit_test(test_given_statistics),
        cmocka_unit_test(test_fp16),
        cmocka_unit_test(test_scaled_inputs_of_4_bit_weights),
        cmocka_unit_test(test_weights_alone),
        cmocka_unit_test(test_a_quantized_model),
        cmocka_unit_test(test_nothing_overwrites_the_model),
        cmocka_unit_test(test_pictures_are_made_up_where_there_are_none),
    };
    return cmocka_run_group_tests(tests, setup, scratch_teardown);
}
