/* The library's borders: options, data, errors, callbacks, locale. What it computes: tests/api.sh.
 */
#include "tests/unit/scratch.h"

#include "datasets/arrays/npy.h"
#include "engine/api/requant.h"
#include "engine/base/file.h"

#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#define DEMO "datasets/demo/"
#define MODEL DEMO "model/resnet8-cifar10.xml"

typedef struct fixture {
    rq_context *context;
    rq_options *options;
    rq_network *network;
    void *folder; /* of tests of data */
    atomic_size_t lines, steps;
    atomic_bool stop;
} fixture;

static void log_line(void *ctx, const char *text)
{
    fixture *f = ctx;
    assert_null(strchr(text, '\n'));
    f->lines++;
}

static void step(void *ctx, const char *title, size_t done, size_t total)
{
    fixture *f = ctx;
    assert_non_null(title);
    assert_true(done <= total);
    f->steps++;
    if (done > 2) f->stop = true;
}

static bool cancelled(void *ctx)
{
    return ((fixture *)ctx)->stop;
}

static int setup(void **state)
{
    static fixture f;
    f = (fixture){0};
    rq_context_options options = rq_context_options_default();
    options.callbacks = (rq_callbacks){.ctx = &f, .log = log_line, .progress = step};
    options.threads = 1;
    *state = &f;
    return rq_context_create(&f.context, &options) == RQ_OK &&
                   rq_network_open(&f.network, f.context, MODEL, NULL) == RQ_OK
               ? 0
               : 1;
}

static int teardown(void **state)
{
    fixture *f = *state;
    rq_network_destroy(&f->network);
    rq_options_destroy(&f->options);
    rq_context_destroy(&f->context);
    return 0;
}

static void says(const char *text)
{
    if (!strstr(rq_error_text(), text)) fail_msg("'%s' lacks '%s'", rq_error_text(), text);
}

static void start(fixture *f, const char *procedure)
{
    assert_ok(rq_options_create(&f->options, procedure));
}

static void set(fixture *f, const char *name, const char *value)
{
    assert_ok(rq_options_set(f->options, name, value));
}

static void start_evaluate(fixture *f, const char *subset)
{
    start(f, "evaluate");
    set(f, "data", DEMO "val");
    set(f, "config", "configs/cifar10.yaml");
    set(f, "subset", subset);
}

static void options_are_checked_by_name(void **state)
{
    fixture *f = *state;
    assert_int_equal(rq_options_create(&f->options, "quantise"), RQ_EARG);
    assert_null(f->options);
    says("did you mean 'quantize'?");
    start(f, "quantize");
    assert_int_equal(rq_options_set(f->options, "presett", "mixed"), RQ_EARG);
    says("did you mean --preset?");
    assert_int_equal(rq_options_set(f->options, "json", NULL), RQ_EARG); /* the program's own */
    assert_int_equal(rq_options_set(f->options, "data", NULL), RQ_EARG);
    says("needs DIR");
    assert_int_equal(rq_options_set(f->options, "requantize", "yes"), RQ_EARG);
    says("takes no value");
    set(f, "no_thumbnails", NULL);
    set(f, "budget", "3"); /* an older name */
}

static void values_are_checked_by_the_call(void **state)
{
    fixture *f = *state;
    rq_result *result = (rq_result *)f;
    start_evaluate(f, "many");
    assert_int_equal(rq_evaluate(&result, f->network, f->options), RQ_EARG);
    assert_null(result);
    says("--subset many: expected an integer");
    assert_int_equal(rq_analyze(&result, f->network, f->options), RQ_EARG);
    says("options of evaluate, where those of analyze are expected");
    assert_int_equal(rq_evaluate(&result, f->network, NULL), RQ_EARG);
    says("--data is missing");
    rq_options_destroy(&f->options);
    start_evaluate(f, "0"); /* that would be all */
    assert_int_equal(rq_evaluate(&result, f->network, f->options), RQ_EARG);
    says("--subset 0: expected an integer from 1");
}

static void preprocessing_is_for_images(void **state)
{
    fixture *f = *state;
    rq_result *result;
    start(f, "evaluate");
    set(f, "data", "tests/data/npz");
    set(f, "mean", "127");
    assert_int_equal(rq_evaluate(&result, f->network, f->options), RQ_EARG);
    says("--mean: tests/data/npz holds arrays");
}

static void nothing_measured_is_a_failure(void **state)
{
    fixture *f = *state;
    rq_result *result;
    start(f, "evaluate");
    set(f, "data", "generated:4");
    assert_int_equal(rq_evaluate(&result, f->network, f->options), RQ_EARG);
    assert_null(result);
    says("nothing to measure: accuracy needs ground truth");
}

/* The most likely class's value; `ctx` counts calls. */
static double largest(void *ctx, const char *image, const rq_scored_output *outputs, size_t n)
{
    int64_t best = 0;
    if (n != 1 || outputs[0].rank != 2 || !strstr(image, ".")) return NAN;
    for (int64_t i = 0; i < outputs[0].shape[1]; i++)
        if (outputs[0].values[i] > outputs[0].values[best]) best = i;
    if (ctx) atomic_fetch_add((atomic_int *)ctx, 1);
    return outputs[0].values[best];
}

static double nothing(void *ctx, const char *image, const rq_scored_output *outputs, size_t n)
{
    (void)ctx, (void)image, (void)outputs, (void)n;
    return NAN;
}

static void a_function_is_the_metric(void **state)
{
    fixture *f = *state;
    rq_result *result;
    double value;
    atomic_int calls = 0;
    start_evaluate(f, "20");
    assert_int_equal(rq_options_set_score(f->options, largest, &calls), RQ_OK);
    assert_int_equal(rq_evaluate(&result, f->network, f->options), RQ_OK);
    assert_int_equal(rq_result_number(&value, result, "score/value"), RQ_OK);
    assert_true(value > 0.5 && value < 1);
    assert_int_equal(atomic_load(&calls), 20);
    rq_result_destroy(&result);
    assert_int_equal(rq_options_set_score(f->options, nothing, NULL), RQ_OK); /* the last holds */
    assert_int_equal(rq_evaluate(&result, f->network, f->options), RQ_EFORMAT);
    says("expected a finite number");
    rq_options_destroy(&f->options);
    start(f, "calibrate");
    assert_int_equal(rq_options_set_score(f->options, largest, NULL), RQ_EARG);
}

static void an_option_is_replaced_or_repeated(void **state)
{
    fixture *f = *state;
    rq_result *result;
    double images;
    start_evaluate(f, "many");
    set(f, "subset", "20");
    assert_ok(rq_evaluate(&result, f->network, f->options));
    assert_ok(rq_result_number(&images, result, "top-1/images"));
    assert_int_equal(images, 20);
    assert_true(f->steps > 0);
    rq_result_destroy(&result);
}

static void numbers_are_found_by_path(void **state)
{
    fixture *f = *state;
    rq_result *result;
    const char *text;
    double x, y;
    start_evaluate(f, "20");
    assert_ok(rq_evaluate(&result, f->network, f->options));
    rq_options_destroy(&f->options); /* the result does not need them */
    assert_ok(rq_result_number(&x, result, "0/value"));
    assert_ok(rq_result_number(&y, result, "top-1/value"));
    assert_true(x == y && x > 50);
    assert_int_equal(rq_result_number(&x, result, "top-1/valu"), RQ_EARG);
    says("there is no 'valu'");
    assert_true(isnan(x));
    assert_int_equal(rq_result_number(&x, result, "top-1"), RQ_EARG);
    says("'top-1' is no number");
    assert_int_equal(rq_result_text(&text, result, "markdown", NULL), RQ_EARG);
    says("there are text, json, csv, classes");
    assert_ok(rq_result_text(&text, result, "classes", NULL));
    assert_non_null(strstr(text, "most confused with"));
    rq_result_destroy(&result);
}

static void a_callback_ends_the_work(void **state)
{
    fixture *f = *state;
    rq_context *stopping;
    rq_network *network;
    rq_result *result;
    rq_context_options options = rq_context_options_default();
    options.callbacks = (rq_callbacks){.ctx = f, .progress = step, .cancelled = cancelled};
    options.threads = 2;
    assert_ok(rq_context_create(&stopping, &options));
    assert_ok(rq_network_open(&network, stopping, MODEL, NULL));
    start_evaluate(f, "50");
    assert_int_equal(rq_evaluate(&result, network, f->options), RQ_ECANCELLED);
    assert_null(result);
    assert_true(f->steps < 50);
    rq_network_destroy(&network);
    rq_context_destroy(&stopping);
}

typedef struct job {
    pthread_t thread;
    rq_status status;
    double sqnr_db; /* of the most sensitive layer */
} job;

static rq_status analyze_in(job *j, const rq_network *network)
{
    rq_options *options;
    rq_result *result = NULL;
    rq_status status = rq_options_create(&options, "analyze");
    if (status == RQ_OK) status = rq_options_set(options, "data", DEMO "calib");
    if (status == RQ_OK) status = rq_options_set(options, "config", "configs/cifar10.yaml");
    if (status == RQ_OK) status = rq_options_set(options, "subset", "8");
    if (status == RQ_OK) status = rq_options_set(options, "images", "4");
    if (status == RQ_OK) status = rq_analyze(&result, network, options);
    if (status == RQ_OK) status = rq_result_number(&j->sqnr_db, result, "layers/0/both/sqnr_db");
    rq_result_destroy(&result);
    rq_options_destroy(&options);
    return status;
}

static void *run_job(void *ctx)
{
    job *j = ctx;
    rq_context *context;
    rq_network *network = NULL;
    rq_context_options options = rq_context_options_default();
    options.threads = 2;
    j->status = rq_context_create(&context, &options);
    if (j->status == RQ_OK) j->status = rq_network_open(&network, context, MODEL, NULL);
    if (j->status == RQ_OK) j->status = analyze_in(j, network);
    rq_network_destroy(&network);
    rq_context_destroy(&context);
    return NULL;
}

/* Under the thread sanitizer, too: make tsan. */
static void contexts_do_not_meet(void **state)
{
    job jobs[2] = {0};
    (void)state;
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&jobs[i].thread, NULL, run_job, &jobs[i]), 0);
    for (int i = 0; i < 2; i++) pthread_join(jobs[i].thread, NULL);
    for (int i = 0; i < 2; i++) assert_ok(jobs[i].status);
    assert_true(jobs[0].sqnr_db == jobs[1].sqnr_db && jobs[0].sqnr_db > 0);
}

/* A program may write numbers with a comma. */
static void the_locale_of_the_program_does_not_matter(void **state)
{
    fixture *f = *state;
    rq_result *result;
    const char *plain, *text;
    char copy[4096];
    start_evaluate(f, "20");
    set(f, "max-bad", "1.5");
    assert_ok(rq_evaluate(&result, f->network, f->options));
    assert_ok(rq_result_text(&plain, result, "json", NULL));
    snprintf(copy, sizeof copy, "%s", plain);
    rq_result_destroy(&result);
    if (!setlocale(LC_ALL, "de_DE.UTF-8")) skip();
    assert_ok(rq_evaluate(&result, f->network, f->options));
    assert_ok(rq_result_text(&text, result, "json", NULL));
    assert_string_equal(text, copy);
    snprintf(copy, sizeof copy, "%.1f", 0.5);
    setlocale(LC_ALL, "C");
    assert_string_equal(copy, "0,5"); /* the program's own is as it was */
    rq_result_destroy(&result);
}

static void networks_say_what_they_are(void **state)
{
    fixture *f = *state;
    const char *text;
    rq_network *network = (rq_network *)f;
    assert_ok(rq_network_text(&text, f->network, "ports"));
    assert_non_null(strstr(text, "input '"));
    assert_ok(rq_network_text(&text, f->network, "json"));
    assert_non_null(strstr(text, "\"OpenVINO\""));
    assert_int_equal(rq_network_text(&text, f->network, "jsn"), RQ_EARG);
    says("did you mean 'json'?");
    assert_int_equal(rq_network_open(&network, f->context, "absent.xml", NULL), RQ_EIO);
    assert_null(network);
    assert_int_equal(rq_network_open(&network, f->context, NULL, NULL), RQ_EARG);
}

/* Messages about it do not name the file that it was made from. */
static void a_quantized_network_has_its_own_name(void **state)
{
    fixture *f = *state;
    rq_network *quantized;
    rq_stats *stats;
    rq_plan *plan;
    rq_result *result;
    start(f, "calibrate");
    set(f, "data", "generated:4");
    assert_ok(rq_calibrate(&stats, NULL, f->network, f->options));
    assert_ok(rq_plan_create(&plan, f->network, stats, NULL));
    assert_ok(rq_plan_apply(&quantized, plan));
    rq_options_destroy(&f->options);
    start(f, "analyze");
    set(f, "data", "generated:4");
    assert_int_equal(rq_analyze(&result, quantized, f->options), RQ_EARG);
    says("resnet8-cifar10-int8.xml is quantized already");
    rq_network_destroy(&quantized);
    rq_plan_destroy(&plan);
    rq_stats_destroy(&stats);
}

/* -- data ------------------------------------------------------------------------------------- */

#define SAMPLES 6
#define SIDE 32
#define VALUES (SIDE * SIDE * 3)

static const int64_t sample_shape[] = {1, SIDE, SIDE, 3};

static int data_setup(void **state)
{
    return setup(state) == 0 ? scratch_setup(&((fixture *)*state)->folder) : 1;
}

static int data_teardown(void **state)
{
    return scratch_teardown(&((fixture *)*state)->folder) == 0 ? teardown(state) : 1;
}

/* A different scene for each; as large as normalised images. */
static void fill_sample(float values[VALUES], size_t sample)
{
    for (size_t i = 0; i < VALUES; i++)
        values[i] = 2 * sinf((float)(i % (3 * SIDE)) * 0.03f * (float)(sample + 1) +
                             (float)(i / (3 * SIDE)) * 0.2f + (float)sample);
}

static void add_sample(rq_data *data, size_t sample, float shift, int32_t label)
{
    float values[VALUES];
    char name[16];
    const rq_array array = {sample % 2 ? "input:0" : NULL, values, sample_shape, 4};
    fill_sample(values, sample);
    values[VALUES / 2] += shift;
    snprintf(name, sizeof name, "%zu.npy", sample);
    assert_ok(rq_data_add(data, name, &array, 1, label));
    memset(values, 0, sizeof values); /* they were copied */
}

/* `shift`: of one value of the last sample. */
static rq_data *in_memory(const fixture *f, bool labelled, float shift)
{
    rq_data *data;
    assert_ok(rq_data_create(&data, f->context));
    for (size_t i = 0; i < SAMPLES; i++)
        add_sample(data, i, i + 1 == SAMPLES ? shift : 0, labelled ? (int32_t)i : -1);
    return data;
}

/* The same as files in the folder "arrays", with classes in "labels.txt". */
static void write_samples(fixture *f)
{
    float values[VALUES];
    char name[32], lines[16 * SAMPLES] = "";
    const rq_tensor tensor = {RQ_DT_F32, rq_shape_make(4, sample_shape), values};
    assert_int_equal(mkdir(scratch_path(&f->folder, "arrays"), 0700), 0);
    for (size_t i = 0; i < SAMPLES; i++) {
        fill_sample(values, i);
        snprintf(name, sizeof name, "arrays/%zu.npy", i);
        assert_ok(rq_npy_write(scratch_path(&f->folder, name), &tensor));
        snprintf(lines + strlen(lines), sizeof lines - strlen(lines), "%zu.npy %zu\n", i, i);
    }
    scratch_file(&f->folder, "labels.txt", lines, strlen(lines));
}

static void set_path(fixture *f, const char *option, const char *name)
{
    set(f, option, scratch_path(&f->folder, name));
}

static void set_data(fixture *f, const char *option, const rq_data *data)
{
    if (data)
        assert_ok(rq_options_set_data(f->options, option, data));
    else
        set_path(f, option, "arrays");
}

static void save_plan(fixture *f, const rq_stats *stats, const char *file)
{
    rq_plan *plan;
    assert_ok(rq_plan_create(&plan, f->network, stats, f->options));
    rq_options_destroy(&f->options); /* the plan does not need them */
    assert_ok(rq_plan_save(plan, scratch_path(&f->folder, file)));
    rq_plan_destroy(&plan);
}

/* From statistics of their own, with searches on the data. NULL: the files. */
static void decide_plan(fixture *f, const rq_data *data, const char *file)
{
    rq_stats *stats;
    size_t values, images, unreadable;
    start(f, "calibrate");
    set_data(f, "data", data);
    assert_ok(rq_calibrate(&stats, NULL, f->network, f->options));
    rq_stats_describe(stats, &values, &images, &unreadable);
    assert_true(values > 5 && images == SAMPLES && unreadable == 0);
    rq_options_destroy(&f->options);
    start(f, "quantize");
    set_data(f, "data", data);
    set(f, "rounding", "nearest");
    save_plan(f, stats, file);
    rq_stats_destroy(&stats);
}

static char *read_text(fixture *f, const char *file)
{
    char *text;
    size_t size;
    assert_ok(rq_read_file(&text, &size, scratch_path(&f->folder, file), 1 << 24));
    return text;
}

static void arrays_in_memory_give_the_plan_of_files(void **state)
{
    fixture *f = *state;
    rq_data *data = in_memory(f, false, 0);
    write_samples(f);
    decide_plan(f, data, "memory.json");
    decide_plan(f, NULL, "files.json");
    rq_data_destroy(&data);
    char *memory = read_text(f, "memory.json"), *files = read_text(f, "files.json");
    assert_string_equal(memory, files);
    free(memory);
    free(files);
}

typedef rq_status procedure_fn(rq_result **out, const rq_network *network,
                               const rq_options *options);

static char *text_of(fixture *f, procedure_fn *procedure, const char *format)
{
    rq_result *result;
    const char *text;
    assert_ok(procedure(&result, f->network, f->options));
    rq_options_destroy(&f->options);
    assert_ok(rq_result_text(&text, result, format, NULL));
    char *copy = strdup(text);
    assert_non_null(copy);
    rq_result_destroy(&result);
    return copy;
}

typedef struct procedure {
    const char *name;
    procedure_fn *run;
    const char *format; /* without times */
    bool searches;      /* what takes its time, or has a limit of it: not here */
} procedure;

static void search_nothing(fixture *f)
{
    set(f, "rounding", "nearest");
    set(f, "range", "minmax");
    set(f, "equalize", "off");
    set(f, "images", "1");
}

/* NULL: of the files. */
static char *text_with(fixture *f, const procedure *p, const rq_data *data)
{
    start(f, p->name);
    set_data(f, "data", data);
    if (!data) set_path(f, "labels", "labels.txt");
    if (p->searches) search_nothing(f);
    return text_of(f, p->run, p->format);
}

static void arrays_in_memory_give_the_figures_of_files(void **state)
{
    static const procedure procedures[] = {{"evaluate", rq_evaluate, "json", false},
                                           {"analyze", rq_analyze, "csv", true}};
    fixture *f = *state;
    rq_data *data = in_memory(f, true, 0);
    write_samples(f);
    for (size_t i = 0; i < 2; i++) {
        char *memory = text_with(f, &procedures[i], data);
        char *files = text_with(f, &procedures[i], NULL);
        assert_string_equal(memory, files);
        free(memory);
        free(files);
    }
    rq_data_destroy(&data);
}

static void a_report_names_samples_in_memory(void **state)
{
    fixture *f = *state;
    rq_data *data = in_memory(f, true, 0);
    rq_data *val = in_memory(f, true, 1);
    start(f, "quantize");
    set_data(f, "data", data);
    set_data(f, "val", val);
    set_path(f, "output", "out");
    set(f, "rounding", "nearest");
    char *json = text_of(f, rq_quantize, "json");
    assert_non_null(strstr(json, "--data '(memory)' --val '(memory)'"));
    assert_non_null(strstr(json, "\"validation_images\": 6"));
    assert_non_null(strstr(json, "\"5.npy\""));
    free(json);
    rq_data_destroy(&val);
    rq_data_destroy(&data);
}

static void start_tune(fixture *f, const rq_data *data)
{
    start(f, "tune");
    set_data(f, "data", data);
    set_path(f, "output", "tuned");
    set(f, "max-drop", "100");
    set(f, "rounding", "nearest");
}

static void tune_and_compare_take_data(void **state)
{
    fixture *f = *state;
    const char *const models[] = {MODEL, MODEL};
    rq_result *result;
    rq_data *data = in_memory(f, false, 0);
    start_tune(f, data);
    free(text_of(f, rq_tune, "json"));
    start(f, "compare");
    set_data(f, "data", data);
    set(f, "seconds", "0");
    assert_ok(rq_compare(&result, f->context, models, 2, f->options));
    rq_result_destroy(&result);
    rq_data_destroy(&data);
}

/* Six samples whose labels mean nothing: a budget that anything would keep. */
static void tune_refuses_chance(void **state)
{
    fixture *f = *state;
    rq_result *result;
    rq_data *data = in_memory(f, true, 0);
    start_tune(f, data);
    assert_int_equal(rq_tune(&result, f->network, f->options), RQ_EUNMEASURED);
    says("not significantly above chance");
    rq_data_destroy(&data);
}

static void without_labels_nothing_is_evaluated(void **state)
{
    fixture *f = *state;
    rq_result *result;
    size_t samples, classes;
    rq_data *data = in_memory(f, true, 0);
    rq_data_describe(data, &samples, &classes);
    assert_true(samples == SAMPLES && classes == SAMPLES);
    add_sample(data, SAMPLES, 0, -1);
    rq_data_describe(data, &samples, &classes);
    assert_true(samples == SAMPLES + 1 && classes == 0);
    start(f, "evaluate");
    set_data(f, "data", data);
    assert_int_equal(rq_evaluate(&result, f->network, f->options), RQ_EARG);
    says("accuracy needs ground truth");
    rq_data_destroy(&data);
}

static bool reuses(fixture *f, const rq_data *data)
{
    rq_stats *stats;
    bool reused;
    start(f, "calibrate");
    set_data(f, "data", data);
    set_path(f, "output", "stats.h5");
    assert_ok(rq_calibrate(&stats, &reused, f->network, f->options));
    rq_stats_destroy(&stats);
    rq_options_destroy(&f->options);
    return reused;
}

static void statistics_are_of_values(void **state)
{
    fixture *f = *state;
    rq_data *data = in_memory(f, false, 0), *same = in_memory(f, false, 0);
    rq_data *other = in_memory(f, false, 0.5f);
    assert_false(reuses(f, data));
    assert_true(reuses(f, same));
    assert_false(reuses(f, other));
    rq_data_destroy(&data);
    rq_data_destroy(&same);
    rq_data_destroy(&other);
}

static void listed_images_are_counted(void **state)
{
    fixture *f = *state;
    size_t samples, classes;
    rq_data *data = (rq_data *)f;
    double x, y;
    rq_result *result;
    assert_int_equal(rq_data_open(&data, f->context, "nowhere", NULL, NULL), RQ_EIO);
    assert_null(data);
    assert_int_equal(rq_data_open(&data, f->context, DEMO "val", "cocoa", NULL), RQ_EARG);
    says("did you mean 'coco'?");
    assert_int_equal(rq_data_open(&data, f->context, DEMO "val", NULL, "nowhere"), RQ_EIO);
    assert_ok(rq_data_open(&data, f->context, DEMO "val", NULL, NULL));
    rq_data_describe(data, &samples, &classes);
    assert_true(samples >= 100 && classes == 10);
    start_evaluate(f, "20");
    assert_ok(rq_evaluate(&result, f->network, f->options));
    assert_ok(rq_result_number(&x, result, "top-1/value"));
    rq_result_destroy(&result);
    set_data(f, "data", data); /* instead of the text */
    assert_ok(rq_evaluate(&result, f->network, f->options));
    assert_ok(rq_result_number(&y, result, "top-1/value"));
    assert_true(x == y);
    rq_result_destroy(&result);
    rq_data_destroy(&data);
}

static void options_take_data_or_text(void **state)
{
    fixture *f = *state;
    rq_stats *stats;
    rq_result *result;
    rq_data *data;
    assert_ok(rq_data_create(&data, f->context));
    start(f, "calibrate");
    assert_int_equal(rq_options_set_data(f->options, "val", data), RQ_EARG);
    assert_int_equal(rq_options_set_data(f->options, "output", data), RQ_EARG);
    says("--output takes no data");
    set_data(f, "data", data);
    assert_int_equal(rq_calibrate(&stats, NULL, f->network, f->options), RQ_EARG);
    says("(memory): no samples in it");
    set(f, "data", "generated:2"); /* instead of the data */
    assert_ok(rq_calibrate(&stats, NULL, f->network, f->options));
    rq_stats_destroy(&stats);
    rq_options_destroy(&f->options);
    add_sample(data, 0, 0, 0);
    start(f, "evaluate");
    set_data(f, "data", data);
    set(f, "labels", "labels.txt");
    assert_int_equal(rq_evaluate(&result, f->network, f->options), RQ_EARG);
    says("--labels is for data that are named by a text");
    rq_options_destroy(&f->options);
    start(f, "quantize");
    set(f, "data", "generated:2");
    set_data(f, "val", data);
    set_path(f, "output", "out");
    set(f, "rounding", "nearest");
    assert_int_equal(rq_quantize(&result, f->network, f->options), RQ_EARG);
    says("(memory): arrays, where --data are images or none");
    rq_data_destroy(&data);
}

static void refuses_sample(rq_data *data, const char *name, const rq_array *arrays, size_t n,
                           int32_t label, const char *text)
{
    size_t samples, classes;
    assert_int_equal(rq_data_add(data, name, arrays, n, label), RQ_EARG);
    says(text);
    rq_data_describe(data, &samples, &classes);
    assert_true(samples == 0 && classes == 0);
}

static void bad_samples_are_refused(void **state)
{
    fixture *f = *state;
    const float values[4] = {0};
    const int64_t shape[11] = {2, 2}, negative[] = {2, -1}, large[] = {INT64_MAX, 2, INT64_MAX};
    const rq_array good = {"x", values, shape, 2}, twice[] = {good, good};
    rq_array many[65];
    rq_data *data;
    for (size_t i = 0; i < 65; i++) many[i] = good;
    assert_ok(rq_data_create(&data, f->context));
    refuses_sample(data, NULL, &good, 1, -1, "without a name");
    refuses_sample(data, "", &good, 1, -1, "without a name");
    refuses_sample(data, "a", NULL, 1, -1, "0 arrays, expected 1 to 64");
    refuses_sample(data, "a", &good, 0, -1, "0 arrays");
    refuses_sample(data, "a", many, 65, -1, "65 arrays");
    refuses_sample(data, "a", twice, 2, -1, "two arrays for the input 'x'");
    refuses_sample(data, "a", &good, 1, -2, "class -2");
    refuses_sample(data, "a", &good, 1, 1 << 20, "class 1048576, expected -1 to 1048575");
    refuses_sample(data, "a", &(rq_array){"x", NULL, shape, 2}, 1, 0, "no values");
    refuses_sample(data, "a", &(rq_array){"x", values, NULL, 2}, 1, 0, "no shape");
    refuses_sample(data, "a", &(rq_array){"x", values, shape, 11}, 1, 0, "rank 11");
    refuses_sample(data, "a", &(rq_array){"x", values, negative, 2}, 1, 0, "array 'x': shape");
    refuses_sample(data, "a", &(rq_array){"x", values, large, 3}, 1, 0, "elements");
    assert_ok(rq_data_add(data, "scalar", &(rq_array){NULL, values, NULL, 0}, 1, 0));
    rq_data_destroy(&data);
    rq_data_destroy(&data);
    assert_ok(rq_data_open(&data, f->context, DEMO "val", NULL, NULL));
    assert_int_equal(rq_data_add(data, "a", &good, 1, 0), RQ_EARG);
    says("arrays are for data of rq_data_create");
    rq_data_destroy(&data);
}

/* As a file of such arrays would be. */
static void a_sample_that_does_not_fit_is_unreadable(void **state)
{
    fixture *f = *state;
    const float values[4] = {0};
    const int64_t shape[] = {2, 2};
    rq_stats *stats;
    rq_data *data = in_memory(f, false, 0);
    assert_ok(rq_data_add(data, "small", &(rq_array){NULL, values, shape, 2}, 1, -1));
    start(f, "calibrate");
    set_data(f, "data", data);
    assert_int_equal(rq_calibrate(&stats, NULL, f->network, f->options), RQ_EFORMAT);
    says("the first is small: an array [2,2] for input");
    rq_data_destroy(&data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(options_are_checked_by_name, setup, teardown),
        cmocka_unit_test_setup_teardown(values_are_checked_by_the_call, setup, teardown),
        cmocka_unit_test_setup_teardown(preprocessing_is_for_images, setup, teardown),
        cmocka_unit_test_setup_teardown(nothing_measured_is_a_failure, setup, teardown),
        cmocka_unit_test_setup_teardown(a_function_is_the_metric, setup, teardown),
        cmocka_unit_test_setup_teardown(an_option_is_replaced_or_repeated, setup, teardown),
        cmocka_unit_test_setup_teardown(numbers_are_found_by_path, setup, teardown),
        cmocka_unit_test_setup_teardown(a_callback_ends_the_work, setup, teardown),
        cmocka_unit_test_setup_teardown(the_locale_of_the_program_does_not_matter, setup, teardown),
        cmocka_unit_test(contexts_do_not_meet),
        cmocka_unit_test_setup_teardown(networks_say_what_they_are, setup, teardown),
        cmocka_unit_test_setup_teardown(a_quantized_network_has_its_own_name, setup, teardown),
        cmocka_unit_test_setup_teardown(arrays_in_memory_give_the_plan_of_files, data_setup,
                                        data_teardown),
        cmocka_unit_test_setup_teardown(arrays_in_memory_give_the_figures_of_files, data_setup,
                                        data_teardown),
        cmocka_unit_test_setup_teardown(a_report_names_samples_in_memory, data_setup,
                                        data_teardown),
        cmocka_unit_test_setup_teardown(tune_and_compare_take_data, data_setup, data_teardown),
        cmocka_unit_test_setup_teardown(tune_refuses_chance, data_setup, data_teardown),
        cmocka_unit_test_setup_teardown(without_labels_nothing_is_evaluated, data_setup,
                                        data_teardown),
        cmocka_unit_test_setup_teardown(statistics_are_of_values, data_setup, data_teardown),
        cmocka_unit_test_setup_teardown(listed_images_are_counted, data_setup, data_teardown),
        cmocka_unit_test_setup_teardown(options_take_data_or_text, data_setup, data_teardown),
        cmocka_unit_test_setup_teardown(bad_samples_are_refused, data_setup, data_teardown),
        cmocka_unit_test_setup_teardown(a_sample_that_does_not_fit_is_unreadable, data_setup,
                                        data_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
