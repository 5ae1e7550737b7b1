/* Rounding that compilers can keep in line: nearbyint is a library call on baseline x86-64. */
#ifndef RQ_BASE_ROUND_H
#define RQ_BASE_ROUND_H

#include <stdint.h>

/* Half to even, for |x| < 2^51: beyond the magic number doubles are whole. Needs the default
 * rounding mode, and no -ffast-math. */
static inline double rq_round_half_even(double x)
{
    const double magic = 6755399441055744.0; /* 1.5 * 2^52 */
    return (x + magic) - magic;
}

/* The same for |x| < 2^22. */
static inline float rq_round_half_even_f32(float x)
{
    const float magic = 12582912.0f; /* 1.5 * 2^23 */
    return (x + magic) - magic;
}

/* Towards zero, saturated; NaN gives 0. 2^63 itself is a double, 2^63 - 1 is not. */
static inline int64_t rq_saturate_i64(double x)
{
    if (!(x > -0x1p63)) return x != x ? 0 : INT64_MIN;
    return x < 0x1p63 ? (int64_t)x : INT64_MAX;
}

#endif
