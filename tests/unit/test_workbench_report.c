/* From what a run knows to the report: each part counted by hand on a toy network, and what is
 * written reads back the same. */
#include "tests/unit/toy_quantize.h"

#include "engine/workbench/report/report_build.h"
#include "quant/placement/quantizer_placement.h"
#include "reports/writers/writer.h"
#include "tests/unit/test_report_near.h"

#define N_IMAGES 9

typedef struct fixture {
    toy_job job;
    rq_report_facts facts;
    rq_report report;
    rq_speed_result speed;
    rq_node_time times[2][3];
} fixture;

static void add_times(fixture *f)
{
    static const rq_node_time before[] = {
        {"conv1", "Convolution", 4}, {"relu1", "ReLU", 0}, {"conv2", "Convolution", 2}};
    static const rq_node_time after[] = {{"conv1", "Convolution", 1},
                                         {"x/fq_output_0", "FakeQuantize", 0.5},
                                         {"conv2", "Convolution", 1}};
    memcpy(f->times[0], before, sizeof before);
    memcpy(f->times[1], after, sizeof after);
    f->facts.times_before = (rq_node_times){f->times[0], 3, NULL};
    f->facts.times_after = (rq_node_times){f->times[1], 3, NULL};
    f->speed = (rq_speed_result){.backend = "reference",
                                 .before = {.median = 4e-3, .p10 = 3e-3, .p90 = 5e-3, .runs = 7},
                                 .after = {.median = 2e-3, .p10 = 1e-3, .p90 = 3e-3, .runs = 7}};
    f->facts.speeds = &f->speed;
    f->facts.n_speeds = 1;
}

/* The network with a loud channel, which conv2 reads; quantized, and measured with labels. */
static void open_fixture(fixture *f, void **state, float loud)
{
    const char *name = loud > 1 ? "loud" : "plain";
    toy_job *job = &f->job;
    toy_job_open(job, state, name, "images", name);
    toy_job_read(job);
    toy_job_run(job);
    const rq_quantization *q = &job->q;
    f->facts = (rq_report_facts){.command = "requant quantize",
                                 .model_path = job->model,
                                 .paths = &q->output.paths,
                                 .before = q->decision.workload.graph,
                                 .after = q->finished.result,
                                 .bound = q->decision.workload.bound,
                                 .plan = q->decision.plan,
                                 .asked = &job->options.decide,
                                 .stats = q->decision.stats,
                                 .evaluation = &q->finished.evaluation,
                                 .calib = &q->decision.workload.images,
                                 .val = &q->val,
                                 .calib_name = job->data,
                                 .val_name = job->data,
                                 .backend = "reference",
                                 .threads = 2,
                                 .seed = 11};
    add_times(f);
}

static void build_report(fixture *f)
{
    assert_ok(rq_report_build(&f->report, &f->facts, f->job.workload.arena));
}

static void close_fixture(fixture *f)
{
    toy_job_close(&f->job);
}

/* -- the parts -------------------------------------------------------------------------------- */

static void test_models_and_sizes(void **state)
{
    fixture f;
    open_fixture(&f, state, 1);
    build_report(&f);
    const rq_report *r = &f.report;
    assert_string_equal(r->before.name, "plain");
    assert_string_equal(r->after.name, "plain-int8");
    assert_string_equal(r->before.precision, "FP32");
    assert_string_equal(r->after.precision, "INT8");
    assert_string_equal(r->before.inputs, "x [1,3,16,16] f32");
    assert_string_equal(r->before.outputs, "classes [1,3] f32");
    assert_near(r->before.params, 12 + 16 + 16 + 12, 0);
    assert_near(r->after.params, r->before.params, 0);
    assert_near(r->before.macs, 256 * (12 + 16 + 16) + 12, 0);
    assert_true(r->after.xml_bytes > r->before.xml_bytes); /* FakeQuantize needs words */
    assert_string_not_equal(r->before.digest, r->after.digest);
    double f32 = NAN, i8 = NAN;
    for (size_t i = 0; i < r->n_sizes; i++) {
        if (strcmp(r->sizes[i].part, "weights") != 0) continue;
        if (!strcmp(r->sizes[i].name, "f32")) f32 = r->sizes[i].before_bytes;
        if (!strcmp(r->sizes[i].name, "i8")) i8 = r->sizes[i].after_bytes;
    }
    assert_near(f32, 4 * 56, 0);
    assert_near(i8, 56, 0);
    close_fixture(&f);
}

static void test_data_settings_speed_and_steps(void **state)
{
    static const rq_report_step steps[] = {{"calibrate", 1}, {"decide", 2}};
    fixture f;
    open_fixture(&f, state, 1);
    f.facts.steps = steps;
    f.facts.n_steps = 2;
    f.facts.peak_memory = 12345;
    build_report(&f);
    const rq_report *r = &f.report;
    assert_near(r->data.calibration_images, N_IMAGES, 0);
    assert_near(r->data.validation_images, N_IMAGES, 0);
    assert_near(r->data.bad_images, 0, 0);
    assert_true(r->data.labelled && r->data.classes == TOY_CLASSES);
    assert_non_null(strstr(r->data.preprocessing, "255"));
    assert_string_equal(r->settings.preset, "performance");
    assert_string_equal(r->settings.estimator, "minmax");
    assert_string_equal(r->settings.precision, "int8");
    assert_string_equal(r->settings.float_precision, "fp32");
    assert_string_equal(r->settings.equalize, "off");
    assert_string_equal(r->settings.rounding, "nearest");
    assert_true(isnan(r->settings.rounding_work)); /* no limit to what is not done */
    assert_string_equal(r->settings.bias_correction, "off");
    assert_near(r->settings.seed, 11, 0);
    assert_near(r->resources.peak_memory_bytes, 12345, 0);
    assert_near(r->speeds[0].before_median_ms, 4, 1e-12);
    assert_near(r->speeds[0].after_p90_ms, 3, 1e-12);
    assert_near(r->speeds[0].runs, 7, 0);
    assert_int_equal(r->n_steps, 2);
    assert_string_equal(r->steps[1].name, "decide");
    close_fixture(&f);
}

/* conv2 reads a loud channel: its output suffers, and its own range is why. */
static void test_layers(void **state)
{
    fixture f;
    double sum = 0;
    open_fixture(&f, state, 1000);
    build_report(&f);
    const rq_report *r = &f.report;
    assert_int_equal(r->n_layers, 4);
    const rq_report_layer *first = &r->layers[0], *second = &r->layers[1];
    assert_string_equal(second->name, "conv2");
    assert_string_equal(second->precision_before, "f32");
    assert_string_equal(second->precision_after, "i8");
    assert_string_equal(second->estimator, "minmax");
    assert_true(first->sqnr_db > second->sqnr_db + 20);
    assert_true(second->cosine < first->cosine && first->cosine <= 1);
    assert_near(second->clipped_share, 0, 0.01);
    assert_near(second->params, 16, 0);
    assert_near(second->macs, 16 * 256, 0);
    assert_near(first->weight_max, 300, 1e-3);
    assert_near(first->weight_min, -0.5, 0);
    assert_near(second->before_ms, 2, 0);
    assert_near(second->after_ms, 1, 0);
    assert_true(isnan(r->layers[2].before_ms));
    const rq_stats_value *x = rq_stats_find(f.job.q.decision.stats, "x");
    assert_true(first->high >= x->max * 0.999);
    for (size_t i = 0; i < 4; i++) {
        assert_near(r->layers[i].order, (double)i, 0);
        sum += r->layers[i].noise_share;
        assert_non_null(r->layers[i].reason);
    }
    assert_near(sum, 1, 1e-9);
    close_fixture(&f);
}

static void test_times_by_type(void **state)
{
    fixture f;
    open_fixture(&f, state, 1);
    build_report(&f);
    const rq_report *r = &f.report;
    assert_int_equal(r->n_types, 2); /* what has no time of its own is not counted */
    assert_string_equal(r->types[0].type, "Convolution");
    assert_near(r->types[0].before_layers, 2, 0);
    assert_near(r->types[0].before_ms, 6, 0);
    assert_near(r->types[0].after_ms, 2, 0);
    assert_string_equal(r->types[1].type, "FakeQuantize");
    assert_true(isnan(r->types[1].before_ms));
    close_fixture(&f);
}

static double total(const rq_reals *counts)
{
    double sum = 0;
    for (size_t i = 0; i < counts->n; i++) sum += counts->values[i];
    return sum;
}

static void test_histograms(void **state)
{
    fixture f;
    open_fixture(&f, state, 1000);
    build_report(&f);
    const rq_report *r = &f.report;
    assert_int_equal(r->n_histograms, f.job.q.decision.plan->n_activations);
    size_t found = 0;
    for (size_t i = 0; i < r->n_histograms; i++) {
        const rq_report_histogram *h = &r->histograms[i];
        if (strcmp(h->layer, "conv2") != 0) continue;
        found++;
        const rq_stats_value *stats = rq_stats_find(f.job.q.decision.stats, "relu1");
        assert_near(total(&h->counts), (double)stats->histogram->total,
                    1e-6 * (double)stats->histogram->total);
        assert_int_equal(h->edges.n, h->counts.n + 1);
        assert_near(h->edges.values[0], stats->min, 1e-6);
        assert_near(h->edges.values[h->counts.n], stats->max, 1e-3 * stats->max);
        assert_true(h->high >= stats->max * 0.999f);
    }
    assert_int_equal(found, 1);
    close_fixture(&f);
}

static void test_clipped_share(void **state)
{
    fixture f;
    open_fixture(&f, state, 1);
    const rq_stats_value *x = rq_stats_find(f.job.q.decision.stats, "x");
    assert_near(rq_report_clipped_share(x, -10, 10), 0, 0);
    assert_near(rq_report_clipped_share(x, 5, 10), 1, 0);
    double part = rq_report_clipped_share(x, 0, (x->min + x->max) / 2);
    assert_true(part > 0.05 && part < 0.95);
    /* What half a step reaches is rounded to the end, not clipped. */
    float step = (x->max - x->min) / 255;
    assert_near(rq_report_clipped_share(x, x->min + 0.45f * step, x->max - 0.45f * step), 0, 0);
    close_fixture(&f);
}

/* Weights by channel, before and as rounded: a code apart at most. */
static void test_channels(void **state)
{
    fixture f;
    open_fixture(&f, state, 1000);
    build_report(&f);
    const rq_report_channels *c = &f.report.channels[0];
    assert_int_equal(f.report.n_channels, 4);
    assert_string_equal(c->layer, "conv1");
    assert_near(c->channels, 4, 0);
    assert_int_equal(c->before_low.n, 4);
    assert_near(c->before_low.values[0], -0.5, 0);
    assert_near(c->before_high.values[0], 1, 0);
    assert_near(c->before_high.values[3], 300, 1e-3);
    for (size_t i = 0; i < 4; i++) {
        double step = 1.01 * c->before_high.values[i] / 127;
        assert_near(c->after_high.values[i], c->before_high.values[i], step);
        assert_near(c->after_low.values[i], c->before_low.values[i], step);
    }
    close_fixture(&f);
}

static void test_graph(void **state)
{
    static const char *const names[] = {"x", "conv1", "conv2", "conv3", "classes", "result"};
    fixture f;
    open_fixture(&f, state, 1);
    build_report(&f);
    assert_int_equal(f.report.n_graph, 6); /* activations and the mean only pass values on */
    for (size_t i = 0; i < 6; i++) {
        const rq_report_node *node = &f.report.graph[i];
        assert_string_equal(node->name, names[i]);
        assert_int_equal(node->inputs.n, i > 0);
        if (i) assert_near(node->inputs.values[0], (double)(i - 1), 0);
    }
    close_fixture(&f);
}

static void test_images(void **state)
{
    fixture f;
    open_fixture(&f, state, 1000);
    f.facts.thumbnails = true;
    build_report(&f);
    const rq_report *r = &f.report;
    assert_int_equal(r->validated.paths.n, N_IMAGES);
    assert_string_equal(r->validated.paths.values[0], "a_red/00.jpg");
    assert_near(r->validated.labels.values[N_IMAGES - 1], 2, 0);
    assert_string_equal(r->validated.class_names.values[1], "b_green");
    assert_int_equal(r->n_images, N_IMAGES);
    const rq_report_image *worst = &r->images[0];
    assert_true(worst->newly_wrong);
    assert_near(worst->before_class, worst->label, 0);
    assert_true(worst->after_class != worst->label);
    assert_true(worst->path[0] == worst->label_name[0]);
    assert_string_equal(worst->before_name, worst->label_name);
    assert_string_not_equal(worst->after_name, worst->label_name);
    assert_true(worst->jpeg_size > 100 && worst->jpeg[0] == 0xff && worst->jpeg[1] == 0xd8);
    assert_false(r->images[N_IMAGES - 1].newly_wrong);
    close_fixture(&f);
}

/* Sub-folders that are no classes do not name the model's. */
static void test_names_of_other_classes(void **state)
{
    static const char *const names[] = {"red", "green", "blue"};
    fixture f;
    open_fixture(&f, state, 1000);
    rq_evaluation evaluation = f.job.q.finished.evaluation; /* borrows all that it has */
    evaluation.outputs.labelled = false;
    f.facts.evaluation = &evaluation;
    build_report(&f);
    assert_int_equal(f.report.validated.class_names.n, 0);
    assert_null(f.report.images[0].before_name);
    assert_null(f.report.images[0].after_name);
    f.job.q.val.dataset->model_names = (rq_class_names){names, 3};
    build_report(&f);
    assert_string_equal(f.report.validated.class_names.values[1], "green");
    close_fixture(&f);
}

/* -- notes ------------------------------------------------------------------------------------ */

static bool has_note(const rq_report *r, const char *part)
{
    for (size_t i = 0; i < r->n_notes; i++)
        if (strstr(r->notes[i].text, part)) return true;
    return false;
}

static void test_notes(void **state)
{
    fixture f;
    open_fixture(&f, state, 1);
    build_report(&f);
    assert_int_equal(f.report.n_notes, 0);
    f.facts.calib = f.facts.val;
    f.facts.calib_name = "generated:100:0";
    build_report(&f);
    assert_true(has_note(&f.report, "generated images"));
    assert_true(has_note(&f.report, "measured on the calibration images"));
    const rq_fp16_entry kept[] = {{.name = "c", .reason = "too large"}};
    f.facts.fp16 = &(rq_fp16_report){.kept = (rq_fp16_entry *)kept, .n_kept_named = 1};
    assert_ok(rq_bad_images_add(f.job.q.val.bad, 3, "x.jpg", "broken"));
    f.facts.stats = NULL;
    build_report(&f);
    assert_true(has_note(&f.report, "1 constant left in FP32: 'c' (too large)"));
    assert_true(has_note(&f.report, "1 image could not be read"));
    close_fixture(&f);
}

/* -- there and back --------------------------------------------------------------------------- */

static char *written(void **state, const rq_report *report, const char *name, size_t *size)
{
    char *text;
    const char *path = scratch_path(state, name);
    assert_ok(rq_report_save(report, rq_report_writer_find("json"), path));
    assert_ok(rq_read_file(&text, size, path, 1 << 24));
    return text;
}

static void test_reads_back_the_same(void **state)
{
    fixture f;
    rq_report back;
    size_t n, n_again;
    open_fixture(&f, state, 1000);
    build_report(&f);
    char *first = written(state, &f.report, "first.json", &n);
    assert_ok(rq_report_read(&back, f.job.workload.arena, scratch_path(state, "first.json")));
    assert_int_equal(back.n_layers, 4);
    assert_string_equal(back.layers[1].name, "conv2");
    assert_near(back.layers[1].sqnr_db, f.report.layers[1].sqnr_db, 0);
    char *second = written(state, &back, "second.json", &n_again);
    assert_int_equal(n, n_again);
    assert_memory_equal(first, second, n);
    free(first);
    free(second);
    close_fixture(&f);
}

static int setup(void **state)
{
    if (scratch_setup(state) != 0) return -1;
    toy_write_images(state, "images", N_IMAGES, 30);
    toy_save(state, "plain", toy_graph(&(toy_net){.loud = 1, .classes = true}));
    toy_save(state, "loud", toy_graph(&(toy_net){.loud = 1000, .classes = true}));
    return 0;
}

/* -- advice ----------------------------------------------------------------------------------- */

static const char *ignored(const rq_report *report)
{
    for (size_t i = 0; i < report->n_advice; i++)
        if (report->advice[i].option && rq_starts_with(report->advice[i].option, "--ignore"))
            return report->advice[i].option;
    return NULL;
}

static void try_advice(fixture *f)
{
    build_report(f);
    assert_ok(rq_report_try_advice(&f->report, &f->facts, &f->job.q.decision.workload));
    assert_ok(rq_report_advise(&f->report, f->job.workload.arena));
}

/* Of a network that lost; within 15 % of the time that the steps took, else none. */
static void test_advice_was_tried(void **state)
{
    static const rq_report_step steps[] = {{"calibrate", 1e6}};
    fixture f;
    open_fixture(&f, state, 1000);
    try_advice(&f);
    assert_null(ignored(&f.report));
    f.facts.steps = steps;
    f.facts.n_steps = 1;
    try_advice(&f);
    assert_string_equal(ignored(&f.report), "--ignore 'conv2'");
    const rq_report_advice *line = &f.report.advice[0];
    assert_true(line->after_db > line->before_db + 10);
    assert_near(line->time_share, (2 - 1) / 2.5, 1e-9); /* of conv2, of all after */
    close_fixture(&f);
    open_fixture(&f, state, 1);
    f.facts.steps = steps;
    f.facts.n_steps = 1;
    try_advice(&f);
    assert_null(ignored(&f.report));
    close_fixture(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_models_and_sizes),
        cmocka_unit_test(test_data_settings_speed_and_steps),
        cmocka_unit_test(test_layers),
        cmocka_unit_test(test_times_by_type),
        cmocka_unit_test(test_histograms),
        cmocka_unit_test(test_clipped_share),
        cmocka_unit_test(test_channels),
        cmocka_unit_test(test_graph),
        cmocka_unit_test(test_images),
        cmocka_unit_test(test_names_of_other_classes),
        cmocka_unit_test(test_notes),
        cmocka_unit_test(test_reads_back_the_same),
        cmocka_unit_test(test_advice_was_tried),
    };
    return cmocka_run_group_tests(tests, setup, scratch_teardown);
}
