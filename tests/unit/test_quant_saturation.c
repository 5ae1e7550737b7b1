/* Pair repair: against a search over all code pairs. */
#include "tests/unit/test.h"

#include "engine/base/rng.h"
#include "quant/saturation.h"

/* The same bound, written from the instruction's definition. */
static bool saturates(int w0, int w1, int a0, int a1)
{
    for (int hi0 = 0; hi0 < 2; hi0++)
        for (int hi1 = 0; hi1 < 2; hi1++) {
            int sum = (hi0 ? a0 : 0) * w0 + (hi1 ? a1 : 0) * w1;
            if (sum > 32767 || sum < -32768) return true;
        }
    return false;
}

static void test_safety_is_exact_at_corners(void **state)
{
    (void)state;
    assert_true(rq_pair_is_safe(64, 64, 255, 255));    /* 32640 */
    assert_false(rq_pair_is_safe(65, 64, 255, 255));   /* 32895 */
    assert_true(rq_pair_is_safe(-64, -64, 255, 255));  /* -32640 */
    assert_false(rq_pair_is_safe(-65, -64, 255, 255)); /* -32895 */
    assert_true(rq_pair_is_safe(127, -127, 255, 255)); /* signs cancel */
    assert_true(rq_pair_is_safe(127, 127, 255, 2));    /* 32639 */
    for (int w0 = 0; w0 <= 127; w0++)
        for (int w1 = 0; w1 <= 127; w1++)
            assert_int_equal(rq_pair_is_safe(-w0, -w1, 255, 255), w0 + w1 <= RQ_PAIR_SAFE_SUM);
    for (int w0 = -127; w0 <= 127; w0 += 3)
        for (int w1 = -127; w1 <= 127; w1 += 2)
            assert_int_equal(rq_pair_is_safe(w0, w1, 255, 201), !saturates(w0, w1, 255, 201));
}

static void test_repair_is_optimal_towards_zero(void **state)
{
    (void)state;
    rq_rng rng;
    rq_rng_seed(&rng, 7);
    for (int trial = 0; trial < 300; trial++) {
        int sign = trial % 2 ? 1 : -1, a0 = 100 + (int)rq_rng_below(&rng, 156);
        int a1 = trial % 3 ? 100 + (int)rq_rng_below(&rng, 156) : a0;
        double x0 = sign * rq_rng_unit(&rng) * 127.0, x1 = sign * rq_rng_unit(&rng) * 127.0;
        double m0 = 0.1 + rq_rng_unit(&rng), m1 = 0.1 + rq_rng_unit(&rng);
        int w0 = (int)nearbyint(x0), w1 = (int)nearbyint(x1), start0 = w0, start1 = w1;
        double best = INFINITY, before = m0 * (x0 - w0) * (x0 - w0) + m1 * (x1 - w1) * (x1 - w1);
        for (int c0 = 0; c0 <= abs(start0); c0++)
            for (int c1 = 0; c1 <= abs(start1); c1++) {
                if (saturates(sign * c0, sign * c1, a0, a1)) continue;
                double d0 = x0 - sign * c0, d1 = x1 - sign * c1;
                best = fmin(best, m0 * d0 * d0 + m1 * d1 * d1);
            }
        double increase = rq_pair_repair(&w0, &w1, x0, x1, m0, m1, a0, a1);
        assert_false(saturates(w0, w1, a0, a1));
        assert_true(fabs(before + increase - best) <= 1e-9 * (1.0 + best));
        if (!saturates(start0, start1, a0, a1)) assert_true(w0 == start0 && w1 == start1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_safety_is_exact_at_corners),
        cmocka_unit_test(test_repair_is_optimal_towards_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
