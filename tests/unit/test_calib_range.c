/* Range estimators and the noise they predict, against brute force on the data themselves. */
#include "tests/unit/test.h"

#include "calib/noise.h"
#include "calib/range.h"
#include "engine/base/mem.h"
#include "engine/base/rng.h"

#include <float.h>

#define N 20000

/* A value made of x alone, as one image. */
static void make_value(rq_stats_value *value, const float *x, size_t n)
{
    *value = (rq_stats_value){.name = "v", .n_channels = 1, .n_images = 1, .count = n};
    value->min = value->max = x[0];
    assert_ok(rq_histogram_create(&value->histogram));
    for (size_t i = 0; i < n; i++) {
        value->min = fminf(value->min, x[i]);
        value->max = fmaxf(value->max, x[i]);
        assert_ok(rq_histogram_add(value->histogram, rq_histogram_bucket(x[i]), 1));
    }
    rq_histogram_bound(value->histogram, value->min, value->max);
    value->image_min = &value->min;
    value->image_max = &value->max;
}

static double square_error(const float *x, size_t n, double low, double high, int levels)
{
    double sum = 0.0, step = (high - low) / (levels - 1);
    for (size_t i = 0; i < n; i++) {
        double clipped = fmin(fmax(x[i], low), high);
        double error = x[i] - (low + step * nearbyint((clipped - low) / step));
        sum += error * error;
    }
    return sum / (double)n;
}

/* -- noise ---------------------------------------------------------------------------------- */

static double noise_of(const rq_histogram *histogram, float low, float high, int levels)
{
    double noise;
    assert_ok(rq_range_noise(&noise, histogram, low, high, levels));
    return noise;
}

/* Buckets filled evenly, as noise.h assumes: what it says is then the truth, up to the error of
 * taking 512 midpoints for an integral (below 512^-2 relative). */
static void test_noise_is_exact(void **state)
{
    (void)state;
    static float x[128 * 512];
    static const float limits[][2] = {{0.9f, 2.3f},  {1.2f, 1.7f},  {0.0f, 1.31f}, {1.51f, 9.0f},
                                      {-4.0f, 2.0f}, {2.5f, 30.0f}, {-3.0f, 0.5f}, {0.0f, 2.0f}};
    for (size_t i = 0; i < 128 * 512; i++) x[i] = (float)(1.0 + ((double)i + 0.5) / (128 * 512));
    for (int sign = 0; sign < 2; sign++) {
        rq_stats_value value;
        make_value(&value, x, 128 * 512);
        rq_histogram_bound(value.histogram, sign ? -2.0f : 1.0f, sign ? -1.0f : 2.0f);
        for (size_t k = 0; k < sizeof limits / sizeof *limits; k++) {
            float low = sign ? -limits[k][1] : limits[k][0];
            float high = sign ? -limits[k][0] : limits[k][1];
            for (int levels = 2; levels <= 256; levels *= 2) {
                double want = square_error(x, 128 * 512, low, high, levels);
                double got = noise_of(value.histogram, low, high, levels);
                if (fabs(got - want) > want / (512 * 512))
                    fail_msg("[%g, %g], %d levels: got %.9g, want %.9g", low, high, levels, got,
                             want);
            }
        }
        rq_histogram_destroy(&value.histogram);
        for (size_t i = 0; i < 128 * 512; i++) x[i] = -x[i];
    }
}

static void test_noise_of_points(void **state)
{
    (void)state;
    const float same[] = {1.5f, 1.5f, 1.5f};
    rq_stats_value value;
    make_value(&value, same, 3);
    assert_true(noise_of(value.histogram, 0.0f, 1.5f, 256) == 0.0);
    assert_true(noise_of(value.histogram, 0.0f, 3.0f, 2) == 2.25);
    assert_true(noise_of(value.histogram, 0.0f, 1.0f, 2) == 0.25);
    assert_true(noise_of(value.histogram, 2.0f, 4.0f, 5) == 0.25);
    rq_histogram_destroy(&value.histogram);
    assert_ok(rq_histogram_create(&value.histogram));
    assert_true(noise_of(value.histogram, 0.0f, 1.0f, 256) == 0.0);
    rq_histogram_destroy(&value.histogram);
}

/* Clipping alone grows when a range shrinks, and is never more than all of the noise. */
static void test_clipping_is_a_bound(void **state)
{
    (void)state;
    static float x[N];
    rq_rng rng;
    rq_rng_seed(&rng, 4);
    for (size_t i = 0; i < N; i++) x[i] = (float)rq_rng_normal(&rng);
    rq_stats_value value;
    make_value(&value, x, N);
    rq_noise *noise;
    assert_ok(rq_noise_create(&noise, value.histogram));
    double before = 0.0;
    for (double high = 6.0; high > 0.01; high *= 0.97) {
        double clipped = rq_noise_clipped(noise, -high, high);
        assert_true(clipped >= before * (1.0 - 1e-12));
        assert_true(clipped <= rq_noise_at(noise, -high, high, 256));
        before = clipped;
    }
    assert_true(before > 0.9);
    rq_noise_destroy(&noise);
    rq_histogram_destroy(&value.histogram);
}

/* -- distributions -------------------------------------------------------------------------- */

static double laplace(rq_rng *rng)
{
    double u = 1.0 - rq_rng_unit(rng);
    return rq_rng_u64(rng) & 1 ? log(u) : -log(u);
}
static float draw_normal(rq_rng *rng)
{
    return (float)rq_rng_normal(rng);
}
static float draw_relu(rq_rng *rng)
{
    return fmaxf(draw_normal(rng), 0.0f);
}
static float draw_relu6(rq_rng *rng)
{
    return fminf(fmaxf(3.0f * draw_normal(rng), 0.0f), 6.0f);
}
static float draw_laplace(rq_rng *rng)
{
    return (float)laplace(rng);
}
static float draw_outliers(rq_rng *rng)
{
    return draw_normal(rng) * (rq_rng_below(rng, 5000) ? 1.0f : 40.0f);
}
static float draw_uniform(rq_rng *rng)
{
    return (float)(4.0 * rq_rng_unit(rng) - 1.0);
}
static float draw_heavy(rq_rng *rng)
{
    return draw_normal(rng) * expf(2.0f * draw_normal(rng));
}
static float draw_swish(rq_rng *rng)
{
    float x = 2.0f * draw_normal(rng);
    return x / (1.0f + expf(-x));
}
static float draw_huge(rq_rng *rng)
{
    return 1e30f * draw_normal(rng);
}
static float draw_negative(rq_rng *rng)
{
    return -1.0f - fabsf(draw_normal(rng));
}

typedef struct distribution {
    const char *name;
    float (*draw)(rq_rng *rng);
} distribution;

static const distribution distributions[] = {
    {"normal", draw_normal},     {"relu", draw_relu},         {"relu6", draw_relu6},
    {"laplace", draw_laplace},   {"outliers", draw_outliers}, {"uniform", draw_uniform},
    {"heavy", draw_heavy},       {"swish", draw_swish},       {"huge", draw_huge},
    {"negative", draw_negative},
};
#define N_DISTRIBUTIONS (sizeof distributions / sizeof *distributions)

static void fill(float *x, size_t k)
{
    rq_rng rng;
    rq_rng_seed(&rng, k);
    for (size_t i = 0; i < N; i++) x[i] = distributions[k].draw(&rng);
}

/* -- least square error --------------------------------------------------------------------- */

static double error_of(const float *x, float low, float high, const rq_range_target *target)
{
    float from, to;
    rq_range_limits(&from, &to, low, high, target);
    return square_error(x, N, from, to, target->levels);
}

/* The best of many ranges: one factor for both ends, or one for each. */
static double least_error(const rq_stats_value *value, const float *x,
                          const rq_range_target *target)
{
    double best = INFINITY;
    int n = target->symmetric ? 100 : 12;
    for (int i = 1; i <= n; i++)
        for (int j = target->symmetric ? i : 1; j <= (target->symmetric ? i : n); j++)
            best = fmin(best, error_of(x, value->min * (float)i / (float)n,
                                       value->max * (float)j / (float)n, target));
    return best;
}

/* Within 2 % (0.1 dB) of the best range there is. */
static void test_mse_finds_the_best(void **state)
{
    (void)state;
    static float x[N];
    for (size_t k = 0; k < N_DISTRIBUTIONS; k++)
        for (int symmetric = 0; symmetric < 2; symmetric++) {
            rq_range_target target = {.levels = 256, .symmetric = symmetric};
            rq_stats_value value;
            float low, high;
            fill(x, k);
            make_value(&value, x, N);
            assert_ok(rq_range_estimate(&low, &high, "mse", &value, &target));
            assert_true(low >= value.min && high <= value.max);
            double best = least_error(&value, x, &target);
            double got = error_of(x, low, high, &target);
            if (!(got <= 1.02 * best))
                fail_msg("%s: [%g, %g] has %g, the best %g", distributions[k].name, low, high, got,
                         best);
            rq_histogram_destroy(&value.histogram);
        }
}

/* Where many values sit on the largest, nothing is gained by clipping it. */
static void test_mse_leaves_a_plateau(void **state)
{
    (void)state;
    static float x[N];
    rq_range_target target = {.levels = 256, .symmetric = true};
    rq_stats_value value;
    float low, high;
    fill(x, 2);
    make_value(&value, x, N);
    assert_ok(rq_range_estimate(&low, &high, "mse", &value, &target));
    assert_true(low == 0.0f && high == 6.0f);
    rq_histogram_destroy(&value.histogram);
}

/* -- the others ----------------------------------------------------------------------------- */

/* All on one side, far from 0 and side by side: no range may pass by them. */
static void test_mse_far_from_zero(void **state)
{
    static float x[N];
    const rq_range_target targets[] = {{.levels = 256}, {.levels = 256, .symmetric = true}};
    (void)state;
    for (int side = -60; side <= 60; side++)
        for (size_t t = 0; t < 2; t++) {
            rq_stats_value value;
            float low, high;
            if (side == 0) continue;
            for (size_t i = 0; i < 50; i++) x[i] = 2.0f * (float)side + 0.001f * (float)i;
            make_value(&value, x, 50);
            assert_ok(rq_range_estimate(&low, &high, "mse", &value, &targets[t]));
            assert_true(low <= high);
            rq_histogram_destroy(&value.histogram);
        }
}

static void test_extremes_of_images(void **state)
{
    (void)state;
    float image_min[] = {-8.0f, NAN, -2.0f, -1.0f, -1.0f},
          image_max[] = {1.0f, NAN, 2.0f, 6.0f, 3.0f};
    const struct {
        const char *name;
        float low, high;
    } wanted[] = {
        {"minmax", -8.0f, 6.0f},
        {"mean-minmax", -3.0f, 3.0f},
        {"median-minmax", -1.5f, 2.5f},
        /* of the pairwise means -8 -5 -4.5 -4.5 -2 -1.5 -1.5 -1 -1 -1
         * and 1 1.5 2 2 2.5 3 3.5 4 4.5 6 */
        {"hodges-lehmann", -1.75f, 2.75f},
    };
    rq_stats_value value = {.name = "v", .n_images = 5, .min = -8.0f, .max = 6.0f};
    rq_range_target target = {.levels = 256, .symmetric = true};
    value.image_min = image_min;
    value.image_max = image_max;
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        float low, high;
        assert_ok(rq_range_estimate(&low, &high, wanted[i].name, &value, &target));
        assert_near_f32(&low, &wanted[i].low, 1, 0.0, 0.0);
        assert_near_f32(&high, &wanted[i].high, 1, 0.0, 0.0);
    }
}

static int by_double(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* All pairwise means written out and sorted. */
static double median_of_means(const float *x, size_t n)
{
    static double means[60 * 61 / 2];
    size_t pairs = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t k = i; k < n; k++) means[pairs++] = ((double)x[i] + (double)x[k]) / 2.0;
    qsort(means, pairs, sizeof *means, by_double);
    return (means[(pairs - 1) / 2] + means[pairs / 2]) / 2.0;
}

static void test_hodges_lehmann(void **state)
{
    (void)state;
    rq_range_target target = {.levels = 256};
    rq_rng rng;
    rq_rng_seed(&rng, 8);
    for (int round = 0; round < 200; round++) {
        float image_min[60], image_max[60], low, high;
        size_t n = 1 + rq_rng_below(&rng, 60);
        for (size_t i = 0; i < n; i++) { /* with ties, and of either sign */
            image_min[i] = (float)(round % 2 ? rq_rng_normal(&rng) : (double)rq_rng_below(&rng, 5));
            image_max[i] = image_min[i] + 10.0f * (float)rq_rng_unit(&rng);
        }
        rq_stats_value value = {.name = "v", .n_images = n};
        value.image_min = image_min;
        value.image_max = image_max;
        assert_ok(rq_range_estimate(&low, &high, "hodges-lehmann", &value, &target));
        assert_true(low == (float)median_of_means(image_min, n));
        assert_true(high == (float)median_of_means(image_max, n));
    }
}

static int by_value(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/* Between two neighbours in rank, or in the bucket of one: 1/128 of its value wide. */
static void check_between(double got, double lower, double upper)
{
    assert_true(got >= lower - fabs(lower) / 128 && got <= upper + fabs(upper) / 128);
}

static void test_percentile(void **state)
{
    (void)state;
    static float x[N];
    rq_range_target target = {.levels = 256, .symmetric = true};
    for (size_t k = 0; k < N_DISTRIBUTIONS; k++) {
        rq_stats_value value;
        float low, high;
        fill(x, k);
        make_value(&value, x, N);
        assert_ok(rq_range_estimate(&low, &high, "percentile", &value, &target));
        qsort(x, N, sizeof *x, by_value);
        size_t outside = N / 10000, inside = N - outside;
        check_between(low, x[outside - 1], x[outside]);
        check_between(high, x[inside - 1], x[inside]);
        rq_histogram_destroy(&value.histogram);
    }
}

/* -- entropy -------------------------------------------------------------------------------- */

#define LINEAR 2048

/* The definition, from the data: both distributions written out, and sum p log(p / q). */
static double divergence(const double *linear, int kept, int levels)
{
    static double p[LINEAR], q[LINEAR];
    double outliers = 0.0, sum_p = 0.0, sum_q = 0.0, result = 0.0;
    for (int k = kept; k < LINEAR; k++) outliers += linear[k];
    for (int k = 0; k < kept; k++) p[k] = linear[k] + (k == kept - 1 ? outliers : 0.0);
    for (int level = 0; level < levels; level++) {
        int from = kept * level / levels, to = kept * (level + 1) / levels, filled = 0;
        double mass = 0.0;
        for (int k = from; k < to; k++) {
            mass += linear[k];
            filled += p[k] > 0.0;
        }
        for (int k = from; k < to; k++) q[k] = p[k] > 0.0 ? fmax(mass, 1e-4) / filled : 0.0;
    }
    for (int k = 0; k < kept; k++) {
        sum_p += p[k];
        sum_q += linear[k];
    }
    if (sum_q == 0.0) return INFINITY;
    for (int k = 0; k < kept; k++)
        if (p[k] > 0.0) result += p[k] / sum_p * log(p[k] / sum_p * sum_q / q[k]);
    return result;
}

/* A threshold from the linear histogram of the magnitudes that were really there, not from buckets.
 */
static double entropy_threshold(const float *x, double most, int levels)
{
    static double linear[LINEAR];
    memset(linear, 0, sizeof linear);
    for (size_t i = 0; i < N; i++)
        linear[(int)fmin(fabs((double)x[i]) / most * LINEAR, LINEAR - 1)] += 1.0;
    linear[0] = linear[1];
    double best = INFINITY;
    int best_kept = LINEAR;
    for (int kept = levels; kept <= LINEAR; kept += 16) {
        double d = divergence(linear, kept, levels);
        if (d < best) {
            best = d;
            best_kept = kept;
        }
    }
    return best_kept * most / LINEAR;
}

/* The divergence is flat and noisy around its minimum: the same scale is all that two histograms of
 * one sample can be asked for. */
static void test_kl_against_definition(void **state)
{
    (void)state;
    static float x[N];
    rq_range_target target = {.levels = 256, .symmetric = true};
    for (size_t k = 0; k < N_DISTRIBUTIONS; k++) {
        rq_stats_value value;
        float low, high;
        fill(x, k);
        make_value(&value, x, N);
        assert_ok(rq_range_estimate(&low, &high, "kl", &value, &target));
        double most = fmaxf(-value.min, value.max), got = fmaxf(-low, high);
        double want = entropy_threshold(x, most, value.min < 0.0f ? 128 : 256);
        if (!(got > want / 1.5 && got < want * 1.5))
            fail_msg("%s: %g, by definition %g of %g", distributions[k].name, got, want, most);
        rq_histogram_destroy(&value.histogram);
    }
}

/* -- all ------------------------------------------------------------------------------------ */

static void check_all(const rq_stats_value *value)
{
    for (size_t m = 0; m < rq_range_count(); m++)
        for (int symmetric = 0; symmetric < 2; symmetric++) {
            rq_range_target target = {.levels = 256, .symmetric = symmetric};
            float low, high, from, to;
            assert_ok(rq_range_estimate(&low, &high, rq_range_at(m)->name, value, &target));
            assert_true(value->min <= low && low <= high && high <= value->max);
            rq_range_limits(&from, &to, low, high, &target);
            assert_true(from < to);
            if (value->max < 1e37f) /* 128/127 of the largest float is none */
                assert_true(isfinite(noise_of(value->histogram, from, to, 256)));
        }
}

static void test_nasty_values(void **state)
{
    (void)state;
    static const float nasty[][4] = {
        {0.0f, 0.0f, 0.0f, 0.0f},        {-0.0f, 0.0f, -0.0f, 0.0f},
        {1.0f, 1.0f, 1.0f, 1.0f},        {-3.0f, -3.0f, -3.0f, -3.0f},
        {1e-45f, -1e-45f, 1e-40f, 0.0f}, {FLT_MIN, -FLT_MIN, 0.0f, FLT_MIN},
        {0.0f, 0.0f, 0.0f, 1e30f},       {-1e30f, 1e-30f, 1.0f, 1e30f},
        {-FLT_MAX, FLT_MAX, 1.0f, 0.0f}, {1e36f, 1.0f, 0.0f, -1e36f},
        {5.0f, 5.0000005f, 5.0f, 5.0f},
    };
    for (size_t i = 0; i < sizeof nasty / sizeof *nasty; i++) {
        rq_stats_value value;
        make_value(&value, nasty[i], 4);
        check_all(&value);
        rq_histogram_destroy(&value.histogram);
    }
}

/* Nothing finite was ever seen. */
static void test_nothing_seen(void **state)
{
    (void)state;
    float nan[] = {NAN, NAN};
    rq_stats_value value = {.name = "v", .n_images = 2, .image_min = nan, .image_max = nan};
    assert_ok(rq_histogram_create(&value.histogram));
    check_all(&value);
    value.n_images = 0;
    check_all(&value);
    rq_histogram_destroy(&value.histogram);
}

static void test_unknown_name(void **state)
{
    (void)state;
    rq_stats_value value = {.name = "v"};
    rq_range_target target = {.levels = 256};
    float low, high;
    assert_fails(rq_range_estimate(&low, &high, "mmse", &value, &target), RQ_EARG,
                 "'mmse' is unknown; did you mean 'mse'? There are mse, sqnr");
    assert_null(rq_range_at(rq_range_count()));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_noise_is_exact),      cmocka_unit_test(test_noise_of_points),
        cmocka_unit_test(test_clipping_is_a_bound), cmocka_unit_test(test_mse_finds_the_best),
        cmocka_unit_test(test_mse_far_from_zero),   cmocka_unit_test(test_mse_leaves_a_plateau),
        cmocka_unit_test(test_extremes_of_images),  cmocka_unit_test(test_hodges_lehmann),
        cmocka_unit_test(test_percentile),          cmocka_unit_test(test_kl_against_definition),
        cmocka_unit_test(test_nasty_values),        cmocka_unit_test(test_nothing_seen),
        cmocka_unit_test(test_unknown_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
