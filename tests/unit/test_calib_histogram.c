/* The histogram: buckets, totals, merging, sampling. */
#include "tests/unit/test.h"

#include "calib/histogram_count.h"
#include "engine/base/rng.h"

#include <float.h>

static void count_into(rq_histogram *h, const float *x, size_t n, size_t stride)
{
    rq_histogram_counter *counter;
    assert_ok(rq_histogram_counter_create(&counter));
    rq_histogram_count_begin(counter, stride);
    assert_ok(rq_histogram_count_part(h, counter, x, n));
    assert_ok(rq_histogram_count_end(h, counter));
    rq_histogram_counter_destroy(&counter);
    for (size_t i = 0; i < n; i++)
        if (isfinite(x[i])) rq_histogram_bound(h, x[i], x[i]);
}

static rq_histogram *histogram_of(const float *x, size_t n)
{
    rq_histogram *h;
    assert_ok(rq_histogram_create(&h));
    count_into(h, x, n, 1);
    return h;
}

static float any_float(rq_rng *rng)
{
    union {
        uint32_t u;
        float f;
    } x = {(uint32_t)rq_rng_u64(rng)};
    return x.f;
}

/* Every bit pattern lands in one bin, that bin holds it, and bins rise without overlap. */
static void test_bins_hold_their_values(void **state)
{
    (void)state;
    rq_rng rng;
    rq_rng_seed(&rng, 1);
    for (int i = 0; i < 3000; i++) {
        float x[2] = {any_float(&rng), i == 0 ? -0.0f : i == 1 ? 1e-45f : FLT_MAX};
        rq_histogram *h = histogram_of(x, 2);
        rq_histogram_bound(h, -FLT_MAX, FLT_MAX); /* the buckets as they are */
        rq_bin *bins;
        size_t n;
        assert_ok(rq_histogram_bins(&bins, &n, h));
        uint64_t inside = 0;
        for (size_t k = 0; k < n; k++) {
            assert_true(bins[k].low < bins[k].high);
            assert_true(bins[k].low <= bins[k].center && bins[k].center <= bins[k].high);
            assert_true(k == 0 || bins[k - 1].high <= bins[k].low);
            for (int j = 0; j < 2; j++)
                if ((double)x[j] >= bins[k].low && (double)x[j] <= bins[k].high) inside++;
        }
        assert_int_equal(h->total, 1 + (isfinite(x[0]) != 0));
        assert_true(inside >= h->total);
        free(bins);
        rq_histogram_destroy(&h);
    }
}

static void test_strange_values_have_no_bucket(void **state)
{
    (void)state;
    union {
        uint32_t u;
        float f;
    } odd_nan = {0x7f800001}; /* shares its upper half with infinity */
    const float x[] = {NAN,  INFINITY, -INFINITY, odd_nan.f, -NAN,
                       0.0f, -0.0f,    FLT_MAX,   -FLT_MAX,  1e-45f};
    rq_histogram *h = histogram_of(x, sizeof x / sizeof *x);
    assert_int_equal(h->total, 5);
    assert_int_equal(rq_histogram_at(h, 0x0000), 2); /* 0 and the denormal */
    assert_int_equal(rq_histogram_at(h, 0x8000), 1);
    assert_int_equal(rq_histogram_at(h, 0x7f7f), 1);
    assert_int_equal(rq_histogram_at(h, 0xff7f), 1);
    assert_int_equal(rq_histogram_at(h, 0x7f80), 0);
    assert_int_equal(rq_histogram_at(h, 0x7fc0), 0);
    rq_histogram_destroy(&h);
}

static void assert_same_histogram(const rq_histogram *a, const rq_histogram *b)
{
    assert_int_equal(a->total, b->total);
    assert_true(a->min == b->min && a->max == b->max);
    for (uint32_t k = 0; k < RQ_HISTOGRAM_BUCKETS; k++)
        assert_int_equal(rq_histogram_at(a, k), rq_histogram_at(b, k));
}

static void test_merging(void **state)
{
    (void)state;
    enum { N = 5000 };
    static float x[N];
    rq_rng rng;
    rq_rng_seed(&rng, 2);
    for (size_t i = 0; i < N; i++) x[i] = any_float(&rng);
    rq_histogram *whole = histogram_of(x, N), *ab, *ba;
    rq_histogram *a = histogram_of(x, 1234), *b = histogram_of(x + 1234, N - 1234);
    assert_ok(rq_histogram_create(&ab));
    assert_ok(rq_histogram_create(&ba));
    assert_ok(rq_histogram_merge(ab, a));
    assert_ok(rq_histogram_merge(ab, b));
    assert_ok(rq_histogram_merge(ba, b));
    assert_ok(rq_histogram_merge(ba, a));
    assert_same_histogram(whole, ab);
    assert_same_histogram(whole, ba);
    rq_histogram_clear(a);
    assert_int_equal(a->total, 0);
    assert_ok(rq_histogram_merge(ab, a));
    assert_same_histogram(whole, ab);
    uint64_t sum = 0;
    for (uint32_t k = 0; k < RQ_HISTOGRAM_BUCKETS; k++) sum += rq_histogram_at(whole, k);
    assert_int_equal(sum, whole->total);
    rq_histogram_destroy(&whole);
    rq_histogram_destroy(&a);
    rq_histogram_destroy(&b);
    rq_histogram_destroy(&ab);
    rq_histogram_destroy(&ba);
}

static void test_moment(void **state)
{
    (void)state;
    enum { N = 20000 };
    static float x[N];
    rq_rng rng;
    rq_rng_seed(&rng, 3);
    double square = 0.0;
    for (size_t i = 0; i < N; i++) {
        x[i] = (float)rq_rng_normal(&rng);
        square += (double)x[i] * x[i];
    }
    rq_histogram *h = histogram_of(x, N);
    /* Buckets are 2^-7 wide, so that no square is off by more than 2^-6 of itself. */
    assert_true(fabs(rq_histogram_mean_square(h) - square / N) < square / N / 64);
    rq_histogram_destroy(&h);
    const float same[] = {1.5f, 1.5f, 1.5f}, zero[] = {0.0f, -0.0f};
    h = histogram_of(same, 3);
    assert_true(rq_histogram_mean_square(h) == 2.25); /* the bounds are tighter than the bucket */
    rq_histogram_destroy(&h);
    h = histogram_of(zero, 2);
    assert_true(rq_histogram_mean_square(h) == 0.0);
    rq_histogram_destroy(&h);
    h = histogram_of(zero, 0);
    rq_bin *bins;
    size_t n;
    assert_true(rq_histogram_mean_square(h) == 0.0);
    assert_ok(rq_histogram_bins(&bins, &n, h));
    assert_int_equal(n, 0);
    free(bins);
    rq_histogram_destroy(&h);
}

static void test_stride(void **state)
{
    (void)state;
    static const size_t sizes[] = {1, 65536, 65537, 401408, 1204224, 150528, 3 * 640 * 640, 999983};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        size_t n = sizes[i], s = rq_histogram_stride(n);
        assert_int_equal(s == 1, n <= RQ_HISTOGRAM_SAMPLES);
        assert_true((n + s - 1) / s <= RQ_HISTOGRAM_SAMPLES);
        for (size_t f = 2; f <= s; f++) assert_false(s % f == 0 && n % f == 0);
    }
    float x[10];
    rq_histogram *h;
    for (size_t i = 0; i < 10; i++) x[i] = (float)(1 << i);
    assert_ok(rq_histogram_create(&h));
    count_into(h, x, 10, 3); /* elements 0, 3, 6, 9 */
    assert_int_equal(h->total, 4);
    for (size_t i = 0; i < 10; i++)
        assert_int_equal(rq_histogram_at(h, rq_histogram_bucket(x[i])), i % 3 == 0);
    rq_histogram_destroy(&h);
}

/* Parts of any length, bounds known before or never: the same buckets as one by one. What is left
 * in the counter would show in the next round. */
static void test_parts_and_bounds(void **state)
{
    (void)state;
    enum { N = 700 };
    rq_rng rng;
    rq_histogram_counter *counter;
    rq_rng_seed(&rng, 5);
    assert_ok(rq_histogram_counter_create(&counter));
    for (int round = 0; round < 60; round++) {
        float x[N], low = INFINITY, high = -INFINITY;
        rq_histogram *h, *one;
        size_t stride = 1 + rq_rng_below(&rng, 9);
        for (size_t i = 0; i < N; i++) {
            x[i] = round % 3 == 0 ? any_float(&rng) : (float)rq_rng_normal(&rng) * 5.0f;
            if (round % 4 == 1) x[i] = fmaxf(x[i], 0.0f);
            if (round % 4 == 2) x[i] = -fabsf(x[i]);
            if (isfinite(x[i])) low = fminf(low, x[i]), high = fmaxf(high, x[i]);
        }
        assert_ok(rq_histogram_create(&h));
        assert_ok(rq_histogram_create(&one));
        rq_histogram_count_begin(counter, stride);
        for (size_t i = 0, n; i < N; i += n) {
            n = rq_rng_below(&rng, 40);
            n = n < N - i ? n : N - i;
            assert_ok(rq_histogram_count_part(h, counter, x + i, n));
        }
        if (round % 2) rq_histogram_bound(h, low, high);
        assert_ok(rq_histogram_count_end(h, counter));
        for (size_t i = 0; i < N; i += stride)
            if (isfinite(x[i])) assert_ok(rq_histogram_add(one, rq_histogram_bucket(x[i]), 1));
        assert_int_equal(h->total, one->total);
        for (uint32_t b = 0; b < RQ_HISTOGRAM_BUCKETS; b++)
            assert_int_equal(rq_histogram_at(h, b), rq_histogram_at(one, b));
        rq_histogram_destroy(&h);
        rq_histogram_destroy(&one);
    }
    rq_histogram_counter_destroy(&counter);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bins_hold_their_values),
        cmocka_unit_test(test_strange_values_have_no_bucket),
        cmocka_unit_test(test_merging),
        cmocka_unit_test(test_moment),
        cmocka_unit_test(test_stride),
        cmocka_unit_test(test_parts_and_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
