/* Biases corrected layer by layer: outputs come nearer where what is clipped shifts them, and a
 * plan without bias correction stays as it is. */
#include "tests/unit/toy_output.h"

#include "engine/base/callbacks.h"
#include "engine/workbench/search/bias_sequential.h"
#include "quant/plan_create.h"

typedef struct fixture {
    rq_workload workload;
    rq_stats *stats;
    rq_quant_plan *plan;
} fixture;

static void open_fixture(fixture *f, bool bias_correction)
{
    rq_plan_options options = toy_plan;
    options.bias_correction = bias_correction;
    toy_open(&f->workload, toy_graph(&(toy_net){.loud = 1, .bias = true}), TOY_GENERATED);
    f->stats = toy_stats(&f->workload);
    assert_ok(rq_quant_plan_create(&f->plan, f->workload.bound, f->stats, &options, NULL));
    assert_int_equal(f->plan->n_weights, 3);
}

/* What reads "relu1" sees half of its range only. */
static void clip(fixture *f)
{
    for (size_t i = 0; i < f->plan->n_activations; i++) {
        rq_plan_activation *a = &f->plan->activations[i];
        if (a->point.value != rq_graph_find_value(f->workload.graph, "relu1")) continue;
        for (size_t k = 0; k < a->n; k++) a->high[k] *= 0.5f;
    }
}

static void close_fixture(fixture *f)
{
    rq_quant_plan_destroy(&f->plan);
    rq_stats_destroy(&f->stats);
    rq_workload_close(&f->workload);
}

static void take_log(void *ctx, const char *text)
{
    snprintf(ctx, 256, "%s", text);
}

static void run(fixture *f, char log[256])
{
    const rq_callbacks callbacks = {.ctx = log, .log = take_log};
    log[0] = '\0';
    rq_callbacks_install(&callbacks);
    assert_ok(rq_bias_sequential_run(f->plan, &f->workload));
    rq_callbacks_install(NULL);
}

static void test_takes_back_what_clipping_shifts(void **state)
{
    fixture f;
    char log[256];
    (void)state;
    open_fixture(&f, true);
    clip(&f);
    double before = toy_output_db(&f.workload, f.plan);
    run(&f, log);
    assert_true(toy_output_db(&f.workload, f.plan) > before + 3.0);
    assert_non_null(strstr(log, ": applied"));
    /* conv2 loses: what it reads is smaller than it was. conv1 reads all of its range. */
    double shift = 0, first = 0;
    for (size_t c = 0; c < 4; c++) {
        first += fabs(f.plan->weights[0].bias_shift[c]);
        shift += fabs(f.plan->weights[1].bias_shift[c]);
    }
    assert_true(shift > 10 * first);
    close_fixture(&f);
}

static void test_keeps_no_change_that_gains_nothing(void **state)
{
    fixture f;
    char log[256];
    float before[3][4];
    (void)state;
    open_fixture(&f, true);
    for (size_t i = 0; i < 3; i++)
        memcpy(before[i], f.plan->weights[i].bias_shift, sizeof before[i]);
    run(&f, log);
    assert_non_null(strstr(log, ": discarded"));
    for (size_t i = 0; i < 3; i++)
        assert_memory_equal(before[i], f.plan->weights[i].bias_shift, sizeof before[i]);
    close_fixture(&f);
}

static void test_leaves_a_plan_without_correction_alone(void **state)
{
    fixture f;
    char log[256];
    (void)state;
    open_fixture(&f, false);
    clip(&f);
    run(&f, log);
    for (size_t i = 0; i < 3; i++) assert_null(f.plan->weights[i].bias_shift);
    assert_non_null(strstr(log, ": discarded"));
    close_fixture(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_takes_back_what_clipping_shifts),
        cmocka_unit_test(test_keeps_no_change_that_gains_nothing),
        cmocka_unit_test(test_leaves_a_plan_without_correction_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
