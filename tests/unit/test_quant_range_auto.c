/* Ranges that mind what consumers make of an error: gains, the noise at outputs, sqnr, auto. */
#include "tests/unit/test.h"

#include "engine/base/rng.h"
#include "quant/ranges/noise_gains.h"
#include "quant/ranges/range_auto.h"
#include "tests/unit/graph_builder.h"

#define PER_CHANNEL 20000

typedef struct sample {
    rq_stats_value value;
    float channel_min[2], channel_max[2];
    double mean[2], mean_square[2];
    float x[2][PER_CHANNEL];
} sample;

/* Two channels of noise; channel 1 is `wide` times as spread. */
static void draw(sample *s, double wide)
{
    rq_rng rng;
    rq_rng_seed(&rng, 5);
    memset(s, 0, sizeof *s);
    s->value = (rq_stats_value){.name = "v", .axis = 1, .n_channels = 2, .n_images = 1};
    assert_ok(rq_histogram_create(&s->value.histogram));
    for (int c = 0; c < 2; c++)
        for (size_t i = 0; i < PER_CHANNEL; i++) {
            float x = (float)(rq_rng_normal(&rng) * (c ? wide : 1.0));
            s->x[c][i] = x;
            s->channel_min[c] = fminf(s->channel_min[c], x);
            s->channel_max[c] = fmaxf(s->channel_max[c], x);
            s->mean[c] += (double)x / PER_CHANNEL;
            s->mean_square[c] += (double)x * x / PER_CHANNEL;
            assert_ok(rq_histogram_add(s->value.histogram, rq_histogram_bucket(x), 1));
        }
    s->value.min = fminf(s->channel_min[0], s->channel_min[1]);
    s->value.max = fmaxf(s->channel_max[0], s->channel_max[1]);
    rq_histogram_bound(s->value.histogram, s->value.min, s->value.max);
    s->value.image_min = &s->value.min;
    s->value.image_max = &s->value.max;
    s->value.channel_min = s->channel_min;
    s->value.channel_max = s->channel_max;
    s->value.channel_mean = s->mean;
    s->value.channel_mean_square = s->mean_square;
}

/* The truth: square errors of the elements themselves, by channel. */
static double weighted_error(const sample *s, const double gain[2], float low, float high)
{
    double sum = 0.0, step = ((double)high - low) / 255.0;
    for (int c = 0; c < 2; c++)
        for (size_t i = 0; i < PER_CHANNEL; i++) {
            double clipped = fmin(fmax((double)s->x[c][i], low), high);
            double error = s->x[c][i] - (low + step * nearbyint((clipped - low) / step));
            sum += gain[c] * error * error;
        }
    return sum / (2.0 * PER_CHANNEL);
}

static double error_of(const sample *s, const char *estimator, const double gain[2])
{
    const rq_gain g = {2, gain, gain};
    const rq_range_target target = {256, true, &g};
    float low, high, from, to;
    assert_ok(rq_range_estimate(&low, &high, estimator, &s->value, &target));
    rq_range_limits(&from, &to, low, high, &target);
    return weighted_error(s, gain, from, to);
}

/* The wide channel counts for nothing: its range would waste levels on it. */
static void test_sqnr_helps_where_channels_differ(void **state)
{
    (void)state;
    static sample s;
    const double gain[] = {1.0, 1e-7};
    draw(&s, 8.0);
    double mse = error_of(&s, "mse", gain), sqnr = error_of(&s, "sqnr", gain);
    assert_true(sqnr < 0.25 * mse); /* at least 6 dB */
    rq_histogram_destroy(&s.value.histogram);
}

static void test_sqnr_leaves_equal_channels_alone(void **state)
{
    (void)state;
    static sample s;
    const double gain[] = {0.5, 0.5};
    const rq_gain g = {2, gain, gain};
    const rq_range_target target = {256, true, &g};
    float low[2], high[2];
    draw(&s, 1.0);
    assert_ok(rq_range_estimate(&low[0], &high[0], "mse", &s.value, &target));
    assert_ok(rq_range_estimate(&low[1], &high[1], "sqnr", &s.value, &target));
    assert_near_f32(&low[1], &low[0], 1, 0.0, 1e-6);
    assert_near_f32(&high[1], &high[0], 1, 0.0, 1e-6);
    rq_histogram_destroy(&s.value.histogram);
}

/* Channels told apart by a model of their densities: within 1 dB of the elements themselves. */
static void test_output_noise_is_near_the_truth(void **state)
{
    (void)state;
    static sample s;
    const double gain[] = {3.0, 0.25};
    const rq_gain g = {2, gain, gain};
    rq_output_noise *noise;
    draw(&s, 6.0);
    assert_ok(rq_output_noise_create(&noise, &s.value, &g));
    for (float high = 3.0f; high < 30.0f; high *= 1.5f) {
        double want = weighted_error(&s, gain, -high, high);
        double got = rq_output_noise_at(noise, -high, high, 256);
        assert_true(fabs(10.0 * log10(got / want)) < 1.0);
    }
    rq_output_noise_destroy(&noise);
    rq_histogram_destroy(&s.value.histogram);
}

static void test_clipped_errors_count_by_the_outside_gain(void **state)
{
    (void)state;
    static sample s;
    const double rounding[] = {1.0, 1.0}, clipping[] = {4.0, 4.0};
    rq_output_noise *plain, *both;
    draw(&s, 1.0);
    assert_ok(rq_output_noise_create(&plain, &s.value, NULL));
    assert_ok(rq_output_noise_create(&both, &s.value, &(rq_gain){2, rounding, clipping}));
    double clipped = rq_output_noise_clipped(plain, -1.0, 1.0);
    assert_true(clipped > 0.0);
    assert_true(fabs(rq_output_noise_clipped(both, -1.0, 1.0) / clipped - 4.0) < 1e-9);
    double want = rq_output_noise_at(plain, -1.0, 1.0, 256) + 3.0 * clipped;
    assert_true(fabs(rq_output_noise_at(both, -1.0, 1.0, 256) / want - 1.0) < 1e-9);
    rq_output_noise_destroy(&plain);
    rq_output_noise_destroy(&both);
    rq_histogram_destroy(&s.value.histogram);
}

static void test_l2_grid_is_as_good_as_mse(void **state)
{
    (void)state;
    static sample s;
    const double gain[] = {1.0, 1.0};
    draw(&s, 5.0);
    assert_true(error_of(&s, "l2-grid", gain) < 1.02 * error_of(&s, "mse", gain));
    rq_histogram_destroy(&s.value.histogram);
}

/* -- auto ----------------------------------------------------------------------------------- */

static void test_auto_is_no_worse_than_any(void **state)
{
    (void)state;
    static sample s;
    const double gain[] = {1.0, 0.01};
    const rq_gain g = {2, gain, gain};
    const rq_range_target target = {256, true, &g};
    rq_range_choice choice, again;
    rq_range_candidate *candidates = calloc(rq_range_count(), sizeof *candidates);
    rq_output_noise *noise;
    float low, high, from, to;
    draw(&s, 7.0);
    assert_false(rq_range_is_known(candidates, NULL));
    assert_ok(rq_range_choose(&choice, candidates, &s.value, &target));
    assert_ok(rq_output_noise_create(&noise, &s.value, &g));
    rq_range_limits(&from, &to, choice.low, choice.high, &target);
    double chosen = rq_output_noise_at(noise, from, to, 256);
    for (size_t i = 0; i < rq_range_count(); i++) {
        assert_ok(rq_range_estimate(&low, &high, rq_range_at(i)->name, &s.value, &target));
        rq_range_limits(&from, &to, low, high, &target);
        assert_true(chosen <= 1.05 * rq_output_noise_at(noise, from, to, 256)); /* 0.2 dB */
        /* What is known is not looked for again: NULL has no statistics. */
        const char *name = rq_range_at(i)->name;
        assert_true(rq_range_is_known(candidates, name));
        assert_ok(rq_range_choose_named(&again, candidates, name, NULL, NULL));
        assert_true(again.low == low && again.high == high);
        assert_string_equal(again.estimator, name);
    }
    assert_ok(rq_range_choose(&again, candidates, NULL, NULL));
    assert_true(again.low == choice.low && again.high == choice.high);
    assert_string_equal(again.reason, choice.reason);
    free(candidates);
    assert_non_null(strstr(choice.reason, choice.estimator));
    assert_non_null(strstr(choice.reason, "dB, minmax"));
    rq_output_noise_destroy(&noise);
    rq_histogram_destroy(&s.value.histogram);
}

/* Evenly spread values leave nothing to clip. */
static void test_auto_keeps_all_of_even_values(void **state)
{
    (void)state;
    float min = 0.0f, max = 4.0f;
    double mean = 2.0, mean_square = 16.0 / 3.0;
    rq_stats_value value = {.name = "v", .axis = -1, .n_channels = 1, .n_images = 1};
    value.max = max;
    value.image_min = value.channel_min = &min;
    value.image_max = value.channel_max = &max;
    value.channel_mean = &mean;
    value.channel_mean_square = &mean_square;
    assert_ok(rq_histogram_create(&value.histogram));
    for (int i = 0; i < 40000; i++)
        assert_ok(rq_histogram_add(value.histogram, rq_histogram_bucket((float)i * 1e-4f), 1));
    rq_histogram_bound(value.histogram, min, max);
    rq_range_choice choice;
    rq_range_candidate *candidates = calloc(rq_range_count(), sizeof *candidates);
    assert_ok(rq_range_choose(&choice, candidates, &value, &(rq_range_target){256, true, NULL}));
    free(candidates);
    assert_true(choice.low == 0.0f && choice.high > 3.95f);
    rq_histogram_destroy(&value.histogram);
}

/* -- gains ---------------------------------------------------------------------------------- */

static void test_gains_of_a_convolution(void **state)
{
    static const float weights[] = {1, 1, 1, 1, /* o 0, i 0 */ 2, -2, 2, -2,
                                    0, 0, 0, 1, /* o 1, i 0 */ 0, 0,  0, 0};
    (void)state;
    static sample s;
    rq_graph *g;
    rq_bound *bound;
    rq_arena *arena;
    rq_node *w;
    const rq_shape shape = SHAPE(2, 2, 2, 2);
    rq_gain gain;
    draw(&s, 2.0);
    assert_ok(rq_graph_create(&g, "test"));
    assert_ok(rq_arena_create(&arena));
    rq_id x = build_input(g, "x", RQ_DT_F32, SHAPE(1, 2, 8, 8));
    assert_ok(rq_graph_add_const(&w, g, "w", RQ_DT_F32, &shape, weights));
    rq_id y = build(g, "c", "Convolution", ATTRS(WINDOW), INPUTS(x, w->out[0]));
    build_result(g, y);
    assert_ok(rq_bind(&bound, g, NULL, 0));
    rq_use use = {g->values[y]->producer, 0};
    const rq_point point = {.value = x, .uses = &use, .n_uses = 1, .axis = -1};
    assert_ok(rq_noise_gains_find(&gain, bound, &point, &s.value, arena));
    /* Input 0: squares 4 and 1, sums 4 and 1; input 1: squares 16, sum 0, squares then. */
    double signal = (5.0 * s.mean_square[0] + 16.0 * s.mean_square[1]) / 2.0;
    assert_int_equal(gain.n, 2);
    assert_true(fabs(gain.rounding[0] * signal / 5.0 - 1.0) < 1e-9);
    assert_true(fabs(gain.rounding[1] * signal / 16.0 - 1.0) < 1e-9);
    assert_true(fabs(gain.clipping[0] * signal / 17.0 - 1.0) < 1e-9);
    assert_true(fabs(gain.clipping[1] * signal / 16.0 - 1.0) < 1e-9);
    rq_bound_destroy(&bound);
    rq_arena_destroy(&arena);
    rq_graph_destroy(&g);
    rq_histogram_destroy(&s.value.histogram);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sqnr_helps_where_channels_differ),
        cmocka_unit_test(test_sqnr_leaves_equal_channels_alone),
        cmocka_unit_test(test_output_noise_is_near_the_truth),
        cmocka_unit_test(test_clipped_errors_count_by_the_outside_gain),
        cmocka_unit_test(test_l2_grid_is_as_good_as_mse),
        cmocka_unit_test(test_auto_is_no_worse_than_any),
        cmocka_unit_test(test_auto_keeps_all_of_even_values),
        cmocka_unit_test(test_gains_of_a_convolution),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
