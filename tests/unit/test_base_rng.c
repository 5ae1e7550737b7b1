#include "tests/unit/test.h"

#include "engine/base/rng.h"

/* xoshiro256** from state {1, 2, 3, 4}: the sequence by hand for the first, and the published
 * test vector of the reference code for the others. */
static void the_published_sequence(void **state)
{
    (void)state;
    static const uint64_t want[] = {11520,
                                    0,
                                    1509978240,
                                    1215971899390074240,
                                    1216172134540287360,
                                    607988272756665600,
                                    16172922978634559625u,
                                    8476171486693032832,
                                    10595114339597558777u,
                                    2904607092377533576};
    rq_rng rng = {{1, 2, 3, 4}};
    for (size_t i = 0; i < sizeof want / sizeof *want; i++)
        assert_true(rq_rng_u64(&rng) == want[i]);
}

static void a_seed_fixes_the_sequence(void **state)
{
    (void)state;
    rq_rng a, b, c;
    rq_rng_seed(&a, 0);
    rq_rng_seed(&b, 0);
    rq_rng_seed(&c, 1);
    /* splitmix64 from 0, as published: 0xe220a8397b1dcdaf, 0x6e789e6aa1b965f4, ... */
    assert_true(a.s[0] == 0xe220a8397b1dcdaf && a.s[1] == 0x6e789e6aa1b965f4);
    uint64_t x = rq_rng_u64(&a);
    assert_true(x == rq_rng_u64(&b));
    assert_true(x != rq_rng_u64(&c));
}

static void below_is_in_range_and_even(void **state)
{
    (void)state;
    enum { N = 60000 };
    rq_rng rng;
    rq_rng_seed(&rng, 3);
    int counts[6] = {0};
    for (int i = 0; i < N; i++) {
        uint64_t k = rq_rng_below(&rng, 6);
        assert_true(k < 6);
        counts[k]++;
    }
    /* Each count is binomial, sigma = sqrt(N 5/36) = 91; 6 sigma. */
    for (int k = 0; k < 6; k++) assert_true(abs(counts[k] - N / 6) < 548);
    for (int i = 0; i < 100; i++) assert_int_equal(rq_rng_below(&rng, 1), 0);
    assert_true(rq_rng_below(&rng, UINT64_MAX) < UINT64_MAX);
}

static void unit_and_normal_have_their_moments(void **state)
{
    (void)state;
    enum { N = 100000 };
    rq_rng rng;
    rq_rng_seed(&rng, 7);
    double sum = 0, sum2 = 0, sum4 = 0, unit = 0;
    for (int i = 0; i < N; i++) {
        double u = rq_rng_unit(&rng), z = rq_rng_normal(&rng);
        assert_true(u >= 0 && u < 1);
        unit += u;
        sum += z;
        sum2 += z * z;
        sum4 += z * z * z * z;
    }
    /* Standard errors of the means: sqrt(1/12/N), sqrt(1/N), sqrt(2/N), sqrt(96/N); 6 of them. */
    assert_true(fabs(unit / N - 0.5) < 6 * sqrt(1.0 / 12 / N));
    assert_true(fabs(sum / N) < 6 * sqrt(1.0 / N));
    assert_true(fabs(sum2 / N - 1) < 6 * sqrt(2.0 / N));
    assert_true(fabs(sum4 / N - 3) < 6 * sqrt(96.0 / N));
}

/* The same draws through libm's log: equal to its last bits. */
static void normal_uses_an_exact_logarithm(void **state)
{
    (void)state;
    rq_rng a, b;
    rq_rng_seed(&a, 11);
    b = a;
    for (int i = 0; i < 10000; i++) {
        double u, v, s;
        do {
            u = 2 * rq_rng_unit(&b) - 1;
            v = 2 * rq_rng_unit(&b) - 1;
            s = u * u + v * v;
        } while (s >= 1 || s == 0);
        double want = u * sqrt(-2 * log(s) / s);
        assert_true(fabs(rq_rng_normal(&a) - want) <= 1e-14 * fabs(want));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_published_sequence),
        cmocka_unit_test(a_seed_fixes_the_sequence),
        cmocka_unit_test(below_is_in_range_and_even),
        cmocka_unit_test(unit_and_normal_have_their_moments),
        cmocka_unit_test(normal_uses_an_exact_logarithm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
