/* Matrix products of random shapes, against sums in f64. */
#include "tests/unit/test.h"

#include "engine/base/rng.h"
#include "engine/ops/common/blas.h"

#define LARGEST 40

static void fill(float *x, size_t n, rq_rng *rng)
{
    for (size_t i = 0; i < n; i++) x[i] = (float)rq_rng_normal(rng);
}

static void check(rq_rng *rng, bool a_transposed, bool b_transposed, float beta)
{
    static float a[LARGEST * LARGEST], b[LARGEST * LARGEST];
    static float got[LARGEST * LARGEST], want[LARGEST * LARGEST];
    size_t m = 1 + rq_rng_below(rng, LARGEST), n = 1 + rq_rng_below(rng, LARGEST);
    size_t k = rq_rng_below(rng, LARGEST + 1); /* 0, too */
    fill(a, m * k, rng);
    fill(b, k * n, rng);
    fill(got, m * n, rng);
    for (size_t i = 0; i < m; i++) {
        for (size_t j = 0; j < n; j++) {
            double sum = (double)beta * (double)got[i * n + j];
            for (size_t p = 0; p < k; p++)
                sum += (double)a[a_transposed ? p * m + i : i * k + p] *
                       (double)b[b_transposed ? j * k + p : p * n + j];
            want[i * n + j] = (float)sum;
        }
    }
    if (beta == 0.0f) got[0] = NAN; /* what is overwritten is not read */
    rq_blas_sgemm(a_transposed, b_transposed, m, n, k, a, b, beta, got);
    assert_near_f32(got, want, m * n, 1e-5, 1e-5);
}

static void random_shapes(void **state)
{
    (void)state;
    const uint64_t seed = 20261129;
    rq_rng rng;
    print_message("seed %llu\n", (unsigned long long)seed);
    rq_rng_seed(&rng, seed);
    for (int round = 0; round < 50; round++)
        for (int which = 0; which < 8; which++)
            check(&rng, which & 1, which & 2, which & 4 ? 1.0f : 0.0f);
}

/* What lies beside a part stays as it is. */
static void parts_of_matrices(void **state)
{
    enum { M = 3, N = 4, K = 5, STRIDE = 9 };
    float a[K * STRIDE], b[K * STRIDE], c[M * STRIDE];
    const rq_blas_part left = {a + 2, STRIDE, true}, right = {b, STRIDE, false};
    rq_rng rng;
    (void)state;
    rq_rng_seed(&rng, 7);
    fill(a, K * STRIDE, &rng);
    fill(b, K * STRIDE, &rng);
    for (size_t i = 0; i < M * STRIDE; i++) c[i] = 1.0f;
    rq_blas_sgemm_parts(M, N, K, &left, &right, 1.0f, c, STRIDE);
    for (size_t i = 0; i < M * STRIDE; i++) {
        size_t row = i / STRIDE, column = i % STRIDE;
        double want = 1.0;
        for (size_t k = 0; k < K && column < N; k++)
            want += (double)a[k * STRIDE + 2 + row] * b[k * STRIDE + column];
        assert_true(fabs(c[i] - want) <= 1e-5);
    }
}

static void nothing_to_add(void **state)
{
    (void)state;
    float c[] = {1, 2};
    rq_blas_sgemm(false, false, 0, 2, 3, NULL, NULL, 0.0f, c);
    assert_float_equal(c[0], 1, 0);
    rq_blas_sgemm(false, false, 1, 2, 0, NULL, NULL, 1.0f, c);
    assert_float_equal(c[1], 2, 0);
    rq_blas_sgemm(false, false, 1, 2, 0, NULL, NULL, 0.0f, c);
    assert_float_equal(c[0], 0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_shapes),
        cmocka_unit_test(parts_of_matrices),
        cmocka_unit_test(nothing_to_add),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
