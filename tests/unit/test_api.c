/* The library's borders: options, errors, callbacks, locale. What it computes: tests/api.sh. */
#include "tests/unit/test.h"

#include "engine/api/requant.h"

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
    options.callbacks = (rq_callbacks){&f, log_line, step, NULL};
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
    options.callbacks = (rq_callbacks){f, NULL, step, cancelled};
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(options_are_checked_by_name, setup, teardown),
        cmocka_unit_test_setup_teardown(values_are_checked_by_the_call, setup, teardown),
        cmocka_unit_test_setup_teardown(nothing_measured_is_a_failure, setup, teardown),
        cmocka_unit_test_setup_teardown(an_option_is_replaced_or_repeated, setup, teardown),
        cmocka_unit_test_setup_teardown(numbers_are_found_by_path, setup, teardown),
        cmocka_unit_test_setup_teardown(a_callback_ends_the_work, setup, teardown),
        cmocka_unit_test_setup_teardown(the_locale_of_the_program_does_not_matter, setup, teardown),
        cmocka_unit_test(contexts_do_not_meet),
        cmocka_unit_test_setup_teardown(networks_say_what_they_are, setup, teardown),
        cmocka_unit_test_setup_teardown(a_quantized_network_has_its_own_name, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
