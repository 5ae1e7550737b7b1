/* Sums that do not depend on order, and the scan of a plane on every instruction set. */
#include "tests/unit/test.h"

#include "calib/exact_sum.h"
#include "calib/row_scan.h"
#include "engine/base/cpu.h"
#include "engine/base/rng.h"

#include <float.h>

#define N 1000

static void shuffle(double *x, size_t n, rq_rng *rng)
{
    for (size_t i = n; i > 1; i--) {
        size_t k = rq_rng_below(rng, i);
        double t = x[i - 1];
        x[i - 1] = x[k];
        x[k] = t;
    }
}

/* Exponents over the whole range of a double. */
static double wild(rq_rng *rng, int spread)
{
    int exponent = (int)rq_rng_below(rng, 2 * (uint64_t)spread) - spread;
    return ldexp(rq_rng_unit(rng) - 0.5, exponent);
}

static void test_order_and_grouping(void **state)
{
    (void)state;
    static const int spreads[] = {1, 30, 200, 1000};
    rq_rng rng;
    rq_rng_seed(&rng, 7);
    for (size_t s = 0; s < sizeof spreads / sizeof spreads[0]; s++) {
        double x[N];
        for (size_t i = 0; i < N; i++) x[i] = wild(&rng, spreads[s]);
        rq_exact_sum first = RQ_EXACT_SUM_ZERO;
        for (size_t i = 0; i < N; i++) rq_exact_sum_add(&first, x[i]);
        for (size_t round = 0; round < 20; round++) {
            shuffle(x, N, &rng);
            size_t cut = rq_rng_below(&rng, N);
            rq_exact_sum left = RQ_EXACT_SUM_ZERO, right = RQ_EXACT_SUM_ZERO;
            for (size_t i = 0; i < cut; i++) rq_exact_sum_add(&left, x[i]);
            for (size_t i = cut; i < N; i++) rq_exact_sum_add(&right, x[i]);
            rq_exact_sum_merge(&left, &right);
            assert_int_equal(left.top, first.top);
            assert_memory_equal(left.digit, first.digit, sizeof first.digit);
        }
    }
}

static void test_value(void **state)
{
    (void)state;
    static const double alone[] = {0.0,
                                   1.0,
                                   -1.0,
                                   0.1,
                                   -DBL_MAX,
                                   DBL_MIN,
                                   5e-324,
                                   3e38,
                                   0x1p-32,
                                   -0x1p-33,
                                   0x1p32 - 1,
                                   0x1p32,
                                   -0x1.fffffffffffffp31};
    for (size_t i = 0; i < sizeof alone / sizeof alone[0]; i++) {
        rq_exact_sum sum = RQ_EXACT_SUM_ZERO;
        rq_exact_sum_add(&sum, alone[i]);
        assert_true(rq_exact_sum_value(&sum) == alone[i]);
        rq_exact_sum_add(&sum, -alone[i]);
        assert_true(rq_exact_sum_value(&sum) == 0.0);
    }
    rq_exact_sum sum = RQ_EXACT_SUM_ZERO;
    for (int i = 0; i < N; i++) rq_exact_sum_add(&sum, i + 0.25); /* whole quarters: exact */
    assert_true(rq_exact_sum_value(&sum) == N * (N - 1) / 2 + N / 4);
    rq_exact_sum_add(&sum, 1e17); /* a plain sum of doubles would lose the quarters here */
    rq_exact_sum_add(&sum, 0.25);
    rq_exact_sum_add(&sum, -1e17);
    assert_true(rq_exact_sum_value(&sum) == N * (N - 1) / 2 + N / 4 + 0.25);
}

static void test_carry_between_digits(void **state)
{
    (void)state;
    rq_rng rng;
    rq_rng_seed(&rng, 8);
    for (int i = 0; i < 100000; i++) {
        union {
            uint64_t u;
            double f;
        } x = {rq_rng_u64(&rng)};
        if (i % 3 == 0) x.u |= 0x000fffffffff0000; /* runs of ones carry */
        if (!isfinite(x.f)) continue;
        rq_exact_sum sum = RQ_EXACT_SUM_ZERO;
        rq_exact_sum_add(&sum, x.f);
        assert_true(rq_exact_sum_value(&sum) == x.f);
        assert_true(sum.digit[0] != 0);
    }
}

/* -- planes --------------------------------------------------------------------------------- */

static void assert_same_plane(const rq_block_stats *a, const rq_block_stats *b)
{
    assert_memory_equal(&a->min, &b->min, sizeof a->min);
    assert_memory_equal(&a->max, &b->max, sizeof a->max);
    assert_memory_equal(&a->sum, &b->sum, sizeof a->sum);
    assert_memory_equal(&a->square, &b->square, sizeof a->square);
    assert_int_equal(a->finite, b->finite);
    assert_int_equal(a->nan, b->nan);
    assert_int_equal(a->inf, b->inf);
}

/* Written apart from the kernels: counts and extremes by definition. */
static void assert_right_plane(const rq_block_stats *got, const float *x, size_t n)
{
    uint64_t finite = 0, nan = 0, inf = 0;
    double sum = 0.0, magnitude = 0.0, square = 0.0;
    float min = INFINITY, max = -INFINITY;
    for (size_t i = 0; i < n; i++) {
        nan += isnan(x[i]) != 0;
        inf += isinf(x[i]) != 0;
        if (!isfinite(x[i])) continue;
        finite++;
        sum += x[i];
        magnitude += fabs((double)x[i]);
        square += (double)x[i] * x[i];
        min = fminf(min, x[i]);
        max = fmaxf(max, x[i]);
    }
    assert_int_equal(got->finite, finite);
    assert_int_equal(got->nan, nan);
    assert_int_equal(got->inf, inf);
    assert_true(got->min == min && got->max == max);
    assert_false(signbit(got->min) && got->min == 0.0f);
    assert_true(fabs(got->sum - sum) <= magnitude * (double)n * DBL_EPSILON);
    assert_true(fabs(got->square - square) <= square * (double)n * DBL_EPSILON);
}

static void fill(float *x, size_t n, int kind, rq_rng *rng)
{
    static const float strange[] = {NAN,  INFINITY, -INFINITY, -0.0f,
                                    0.0f, 1e-45f,   FLT_MAX,   -FLT_MAX};
    for (size_t i = 0; i < n; i++) {
        x[i] = (float)wild(rng, 60);
        if (kind == 1) x[i] = -0.0f;
        if (kind == 2) x[i] = 3.25f;
        if (kind == 3 && rq_rng_below(rng, 4) == 0) x[i] = strange[rq_rng_below(rng, 8)];
        if (kind == 4) x[i] = NAN;
        if (kind == 5) x[i] = i % 2 ? FLT_MAX : 1e-45f;
    }
}

static void test_planes_with(rq_block_scan_fn *scan)
{
    rq_rng rng;
    rq_rng_seed(&rng, 9);
    for (int kind = 0; kind < 6; kind++)
        for (size_t n = 0; n < 140; n += n < 70 ? 1 : 23) {
            float *x = malloc((n + 1) * sizeof *x); /* exactly so large: asan sees what is beyond */
            assert_non_null(x);
            fill(x, n + 1, kind, &rng);
            rq_block_stats plain, best;
            for (size_t offset = 0; offset < 2; offset++) { /* also unaligned */
                rq_block_scan_plain(&plain, x + offset, n);
                assert_right_plane(&plain, x + offset, n);
                scan(&best, x + offset, n);
                assert_same_plane(&plain, &best);
            }
            free(x);
        }
}

static void test_planes_plain(void **state)
{
    (void)state;
    test_planes_with(rq_block_scan_plain);
}

static void test_planes_avx2(void **state)
{
    (void)state;
    if (!rq_cpu_has(RQ_ISA_AVX2)) skip();
    test_planes_with(rq_block_scan_avx2);
}

static void test_planes_avx512(void **state)
{
    (void)state;
    if (!rq_cpu_has(RQ_ISA_AVX512)) skip();
    test_planes_with(rq_block_scan_avx512);
}

/* -- rows ------------------------------------------------------------------------------------ */

#define MOST_CHANNELS 70

typedef struct row_memory {
    float min[MOST_CHANNELS], max[MOST_CHANNELS];
    double sum[MOST_CHANNELS], square[MOST_CHANNELS];
} row_memory;

/* In two parts, as rows may come. */
static void scan_rows(row_memory *m, rq_row_scan_fn *scan, const float *x, size_t n_rows, size_t n)
{
    const rq_row_sums sums = {m->min, m->max, m->sum, m->square};
    rq_row_sums_clear(&sums, n);
    scan(&sums, x, n_rows / 3, n);
    scan(&sums, x + n_rows / 3 * n, n_rows - n_rows / 3, n);
}

static void check_rows(rq_row_scan_fn *scan, const float *x, size_t n_rows, size_t n)
{
    row_memory plain, best;
    const rq_row_sums of_plain = {plain.min, plain.max, plain.sum, plain.square};
    const rq_row_sums of_best = {best.min, best.max, best.sum, best.square};
    scan_rows(&plain, rq_row_scan_plain, x, n_rows, n);
    scan_rows(&best, scan, x, n_rows, n);
    for (size_t c = 0; c < n; c++) {
        float channel[64];
        rq_block_stats want, got;
        for (size_t r = 0; r < n_rows; r++) channel[r] = x[r * n + c];
        rq_row_sums_channel(&want, &of_plain, c, x, n_rows, n);
        rq_row_sums_channel(&got, &of_best, c, x, n_rows, n);
        assert_right_plane(&want, channel, n_rows);
        assert_same_plane(&want, &got);
    }
}

static void test_rows_with(rq_row_scan_fn *scan)
{
    rq_rng rng;
    rq_rng_seed(&rng, 10);
    for (int kind = 0; kind < 6; kind++)
        for (size_t n = 1; n <= MOST_CHANNELS; n += n < 20 ? 1 : 7) {
            size_t n_rows = (size_t)rq_rng_below(&rng, 64);
            float *x = malloc((n_rows * n + 1) * sizeof *x); /* exactly so large, as above */
            assert_non_null(x);
            fill(x, n_rows * n, kind, &rng);
            check_rows(scan, x, n_rows, n);
            free(x);
        }
}

static void test_rows_plain(void **state)
{
    (void)state;
    test_rows_with(rq_row_scan_plain);
}

static void test_rows_avx2(void **state)
{
    (void)state;
    if (!rq_cpu_has(RQ_ISA_AVX2)) skip();
    test_rows_with(rq_row_scan_avx2);
}

static void test_rows_avx512(void **state)
{
    (void)state;
    if (!rq_cpu_has(RQ_ISA_AVX512)) skip();
    test_rows_with(rq_row_scan_avx512);
}

static void test_combine(void **state)
{
    (void)state;
    const float x[] = {1.0f, NAN, -2.0f, INFINITY, 5.0f};
    rq_block_stats all = RQ_BLOCK_STATS_EMPTY, part, whole;
    for (size_t i = 0; i < 5; i++) {
        rq_block_scan_get()(&part, &x[i], 1);
        rq_block_stats_combine(&all, &part);
    }
    rq_block_scan_get()(&whole, x, 5);
    assert_same_plane(&all, &whole);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order_and_grouping),   cmocka_unit_test(test_value),
        cmocka_unit_test(test_carry_between_digits), cmocka_unit_test(test_planes_plain),
        cmocka_unit_test(test_planes_avx2),          cmocka_unit_test(test_planes_avx512),
        cmocka_unit_test(test_rows_plain),           cmocka_unit_test(test_rows_avx2),
        cmocka_unit_test(test_rows_avx512),          cmocka_unit_test(test_combine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
