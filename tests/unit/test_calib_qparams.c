/* FakeQuantize limits from ranges: NNCF's own results but for its floors, and what must hold for
 * any range. */
#include "tests/unit/test.h"

#include "calib/qparams.h"
#include "engine/base/rng.h"

#include <stdbool.h>

typedef struct golden {
    float min, max, symmetric_low, symmetric_high, low, high;
} golden;

/* What calculate_quantizer_parameters of NNCF 3.4 gives for activations of 8 bits, to the bit; the
 * last rows are narrower than its floors: what it gives for the same a power of two larger. */
static const golden goldens[] = {
    {-1.0f, 1.0f, -1.00787401f, 1.0f, -1.00787401f, 1.0f},
    {0.0f, 1.0f, 0.0f, 1.0f, 0.0f, 1.0f},
    {0.0f, 6.0f, 0.0f, 6.0f, 0.0f, 6.0f},
    {-0.278400004f, 5.92999983f, -5.97669268f, 5.92999983f, -0.278400004f, 6.17541838f},
    {-2.11790395f, 2.6400001f, -2.66078758f, 2.6400001f, -2.13446832f, 2.6400001f},
    {0.5f, 2.0f, 0.0f, 2.0f, 0.0f, 2.0f},
    {-3.0f, -1.0f, -3.02362204f, 3.0f, -3.0f, 0.0f},
    {-100.0f, 70.0f, -100.787399f, 100.0f, -100.0f, 70.0f},
    {-0.00039999999f, 0.000400010002f, -0.000403159676f, 0.000400010002f, -0.00039999999f,
     0.000403149606f},
    {-1.00000002e+30f, 2.00000003e+30f, -2.0157481e+30f, 2.00000003e+30f, -1.00000002e+30f,
     2.00000003e+30f},
    {-0.0119000003f, 3.0f, -3.02362204f, 3.0f, -0.0119000003f, 3.02260017f},
    {-2.5f, 0.00999999978f, -2.51968503f, 2.5f, -2.53999996f, 0.00999999978f},
    {-0.102578305f, 9.51823235f, -9.59317875f, 9.51823235f, -0.113312289f, 9.51823235f},
    {-3.67416334f, 3.57214952f, -3.70309377f, 3.67416334f, -3.67416334f, 3.5887177f},
    {-0.89390856f, 3.69168925f, -3.72075772f, 3.69168925f, -0.900412023f, 3.69168925f},
    {-1.70917904f, 0.392451078f, -1.72263718f, 1.70917904f, -1.70917904f, 0.39633137f},
    {-2.24065685f, 12.9312735f, -13.0330944f, 12.9312735f, -2.26446271f, 12.9312735f},
    {-4.69964647f, 0.675025105f, -4.73665142f, 4.69964647f, -4.70408106f, 0.675025105f},
    {-2.04113531f, 0.955964327f, -2.05720735f, 2.04113531f, -2.05355287f, 0.955964327f},
    {-1.13729572f, 3.24177122f, -3.26729703f, 3.24177122f, -1.13729572f, 3.25680137f},
    {0.0f, 0.0f, 0.0f, 1.0f, 0.0f, 1.0f},
    {0.000300000014f, 0.000899999985f, 0.0f, 0.000899999985f, 0.0f, 0.000899999985f},
    {-0x1p-20f, 0x1p-20f, -1.00787401f * 0x1p-20f, 0x1p-20f, -1.00787401f * 0x1p-20f, 0x1p-20f},
    {-0.278400004f * 0x1p-40f, 5.92999983f * 0x1p-40f, -5.97669268f * 0x1p-40f,
     5.92999983f * 0x1p-40f, -0.278400004f * 0x1p-40f, 6.17541838f * 0x1p-40f},
    {-1e-40f, 0.0f, -1.00787401e-29f, 1e-29f, 0.0f, 1e-29f},
};

static void test_goldens(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof goldens / sizeof *goldens; i++) {
        const golden *g = &goldens[i];
        float want[4] = {g->symmetric_low, g->symmetric_high, g->low, g->high}, got[4];
        rq_qparams_symmetric(&got[0], &got[1], fmaxf(fabsf(g->min), fabsf(g->max)), g->min < 0.0f,
                             256);
        rq_qparams_asymmetric(&got[2], &got[3], g->min, g->max, 256);
        assert_near_f32(got, want, 4, 0.0, 0.0);
    }
}

/* A FakeQuantize of these limits must give 0 for 0: padding is made of zeros. */
static void check_zero(float low, float high, int levels)
{
    double step = ((double)high - low) / (levels - 1), zero_point = -low / step;
    /* Both limits are floats: each may be off by half a unit in the last place, 2^-24 relative. */
    assert_true(fabs(zero_point - nearbyint(zero_point)) <= levels * ldexp(1.0, -23));
}

static void test_any_range(void **state)
{
    (void)state;
    rq_rng rng;
    rq_rng_seed(&rng, 17);
    for (int i = 0; i < 20000; i++) {
        float min = (float)(-fabs(rq_rng_normal(&rng)) * pow(10.0, 8.0 * rq_rng_unit(&rng) - 4.0));
        float max = (float)(fabs(rq_rng_normal(&rng)) * pow(10.0, 8.0 * rq_rng_unit(&rng) - 4.0));
        int levels = i % 2 ? 256 : 255;
        float low, high;
        rq_qparams_symmetric(&low, &high, fmaxf(-min, max), true, levels);
        check_zero(low, high, levels);
        assert_true(low <= min && high >= max);
        rq_qparams_asymmetric(&low, &high, min, max, levels);
        check_zero(low, high, levels);
        /* An end nearer to 0 than half a step becomes 0; else nothing is clipped, up to the three
         * roundings that a moved end goes through. */
        float half = 0.5001f * (fmaxf(high, max) - fminf(low, min)) / (float)(levels - 1);
        assert_true(low <= min - min * 0x3p-24f || (low == 0.0f && min > -half));
        assert_true(high >= max - max * 0x3p-24f || (high == 0.0f && max < half));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_goldens),
        cmocka_unit_test(test_any_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
