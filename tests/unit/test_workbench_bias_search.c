/* Biases corrected level by level: outputs come nearer where what is clipped, or a background of
 * one colour, shifts them; a plan without bias correction, and one that gains nothing, stays. */
#include "tests/unit/toy_output.h"

#include "engine/base/callbacks.h"
#include "engine/workbench/search/bias_runs.h"
#include "engine/workbench/search/bias_search.h"
#include "quant/bias.h"
#include "quant/plan_create.h"

typedef struct fixture {
    rq_workload workload;
    rq_stats *stats;
    rq_quant_plan *plan;
} fixture;

static void open_with(fixture *f, rq_graph *graph, const char *data, bool bias_correction)
{
    rq_plan_options options = toy_plan;
    options.bias_correction = bias_correction;
    toy_open(&f->workload, graph, data);
    f->stats = toy_stats(&f->workload);
    assert_ok(rq_quant_plan_create(&f->plan, f->workload.bound, f->stats, &options, NULL));
}

static void open_fixture(fixture *f, bool bias_correction)
{
    open_with(f, toy_graph(&(toy_net){.loud = 1, .bias = true}), TOY_GENERATED, bias_correction);
    assert_int_equal(f->plan->n_weights, 3);
}

static void close_fixture(fixture *f)
{
    rq_quant_plan_destroy(&f->plan);
    rq_stats_destroy(&f->stats);
    rq_workload_close(&f->workload);
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

static void take_log(void *ctx, const char *text)
{
    snprintf(ctx, 256, "%s", text);
}

static void run(fixture *f, char log[256])
{
    const rq_callbacks callbacks = {.ctx = log, .log = take_log};
    rq_search_images images;
    log[0] = '\0';
    rq_callbacks_install(&callbacks);
    assert_ok(rq_search_images_open(&images, &f->workload));
    assert_ok(rq_bias_search(f->plan, &f->workload, &images));
    rq_search_images_close(&images);
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
    run(&f, log); /* whatever it finds */
    for (size_t i = 0; i < 3; i++)
        memcpy(before[i], f.plan->weights[i].bias_shift, sizeof before[i]);
    run(&f, log); /* nothing is left */
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
    assert_null(strstr(log, "biases"));
    close_fixture(&f);
}

/* -- a background of one colour ---------------------------------------------------------------- */

#define DEPTH 4

/* Convolutions of eight channels, one after the other, that see a position each. */
static rq_graph *deep(void)
{
    rq_graph *g;
    assert_ok(rq_graph_create(&g, "deep"));
    rq_id x = build_input(g, "x", RQ_DT_F32, SHAPE(1, 3, TOY_SIDE, TOY_SIDE));
    for (int i = 0; i < DEPTH; i++) {
        char name[16];
        snprintf(name, sizeof name, "conv%d", i);
        x = build_conv(g, name, x, 8, i ? 8 : 3, 1);
        snprintf(name, sizeof name, "b%d", i);
        x = build_with_const(g, name, "Add", x, 8);
        snprintf(name, sizeof name, "relu%d", i);
        if (i + 1 < DEPTH) x = build_relu(g, name, x);
    }
    build_result(g, x);
    return g;
}

/* Of one grey, but for a corner. */
static void write_blank_images(void **state, const char *folder, size_t n)
{
    rq_image image = {0};
    char name[64];
    toy_folder(state, folder);
    assert_ok(rq_image_reserve(&image, TOY_SIDE, TOY_SIDE, 3));
    for (size_t i = 0; i < n; i++) {
        memset(image.pixels, 114, (size_t)TOY_SIDE * TOY_SIDE * 3);
        for (size_t y = 0; y < 4; y++)
            for (size_t x = 0; x < 4; x++)
                memset(image.pixels + 3 * (TOY_SIDE * y + x), (int)(37 * i + 53 * y * x) % 256, 3);
        snprintf(name, sizeof name, "%s/%02zu.jpg", folder, i);
        toy_write_image(state, name, &image);
    }
    rq_image_free(&image);
}

/* As one image of a hundred could have it: few codes are left for the others. */
static void widen(fixture *f)
{
    for (size_t i = 0; i < f->plan->n_activations; i++)
        for (size_t k = 0; k < f->plan->activations[i].n; k++) {
            f->plan->activations[i].low[k] *= 10.0f;
            f->plan->activations[i].high[k] *= 10.0f;
        }
}

static void test_errors_of_a_background_do_not_add_up(void **state)
{
    fixture f;
    char log[256];
    write_blank_images(state, "blank", 32);
    open_with(&f, deep(), scratch_path(state, "blank"), true);
    widen(&f);
    double before = toy_output_db(&f.workload, f.plan);
    run(&f, log);
    assert_true(toy_output_db(&f.workload, f.plan) > before + 3.0);
    assert_non_null(strstr(log, ": applied"));
    close_fixture(&f);
}

/* -- level by level ---------------------------------------------------------------------------- */

static void assert_means(const rq_bias_runs *runs, const double *a, const double *b, double far)
{
    for (size_t i = 0; i < runs->n_images * runs->n_channels; i++)
        assert_true(fabs(a[i] - b[i]) <= far);
}

/* The network itself, cut into levels, computes what it does in one run. */
static void test_levels_compute_the_network(void **state)
{
    fixture f;
    rq_bias_levels levels;
    rq_bias_runs runs;
    rq_arena *arena;
    (void)state;
    open_fixture(&f, true);
    assert_ok(rq_arena_create(&arena));
    assert_ok(rq_bias_levels_find(&levels, f.plan, f.workload.bound, arena));
    assert_int_equal(levels.n_levels, 3);
    assert_int_equal(levels.n_layers, 3);
    assert_ok(rq_bias_runs_open(&runs, &f.workload, &levels, "test"));
    assert_int_equal(runs.n_channels, 12);
    for (size_t level = 0; level < 3; level++) {
        assert_ok(rq_bias_runs_level(&runs, f.workload.graph, level));
        rq_bias_runs_leave(&runs, level);
    }
    assert_means(&runs, runs.want, runs.got, 1e-6);
    rq_bias_runs_close(&runs);
    rq_arena_destroy(&arena);
    close_fixture(&f);
}

/* What a layer is shifted by arrives at the next one, times its weights: conv3 has sums
 * of 1.1, 1.2, 0.9 and 1 (toy_graph), and nothing of conv2 lies below 0 once it is shifted by 100.
 */
static void test_a_shift_arrives(void **state)
{
    static const double sums[4] = {1.1, 1.2, 1.0, 1.0};
    static const double up[4] = {100, 100, 100, 100}, more[4] = {10, 10, 10, 10};
    fixture f;
    rq_bias_levels levels;
    rq_bias_runs runs;
    rq_arena *arena;
    double got[2][4];
    (void)state;
    open_fixture(&f, true);
    assert_ok(rq_arena_create(&arena));
    assert_ok(rq_bias_levels_find(&levels, f.plan, f.workload.bound, arena));
    assert_ok(rq_bias_runs_open(&runs, &f.workload, &levels, "test"));
    for (size_t level = 0; level < 2; level++)
        assert_ok(rq_bias_runs_level(&runs, f.workload.graph, level));
    rq_bias_runs_shift(&runs, 1, up);
    for (int i = 0; i < 2; i++) {
        memset(runs.got, 0, runs.n_images * runs.n_channels * sizeof *runs.got);
        assert_ok(rq_bias_runs_level(&runs, f.workload.graph, 2));
        memcpy(got[i], runs.got + runs.first[2], sizeof got[i]);
        rq_bias_runs_shift(&runs, 1, more);
    }
    for (size_t c = 0; c < 4; c++) assert_true(fabs(got[1][c] - got[0][c] - 10 * sums[c]) < 1e-3);
    rq_bias_runs_close(&runs);
    rq_arena_destroy(&arena);
    close_fixture(&f);
}

/* -- what is no chance ------------------------------------------------------------------------- */

static void test_what_images_have_in_common(void **state)
{
    /* Mean 2, squares of differences 1 + 0 + 1, variance of the mean 2 / 6: 2 - 1/6. */
    const double alike[] = {1.0, 2.0, 3.0}, apart[] = {-3.0, 4.0}, bad[] = {1.0, NAN, 1.0};
    (void)state;
    assert_true(fabs(rq_bias_common_loss(alike, 3) - (2.0 - 1.0 / 6.0)) < 1e-12);
    assert_true(rq_bias_common_loss(apart, 2) == 0.0); /* mean 0.5, variance 49 / 4 */
    assert_true(rq_bias_common_loss(alike, 1) == 0.0);
    assert_true(rq_bias_common_loss(bad, 3) == 0.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_takes_back_what_clipping_shifts),
        cmocka_unit_test(test_keeps_no_change_that_gains_nothing),
        cmocka_unit_test(test_leaves_a_plan_without_correction_alone),
        cmocka_unit_test(test_errors_of_a_background_do_not_add_up),
        cmocka_unit_test(test_levels_compute_the_network),
        cmocka_unit_test(test_a_shift_arrives),
        cmocka_unit_test(test_what_images_have_in_common),
    };
    return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
