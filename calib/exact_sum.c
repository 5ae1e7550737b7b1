#include "calib/exact_sum.h"

#include <math.h>

#define DIGIT_BITS 32
#define DIGIT_MASK UINT64_C(0xffffffff)

/* Moves the places up to `top`; what falls below the lowest is dropped. */
static void raise_top(rq_exact_sum *sum, int32_t top)
{
    for (; sum->top < top; sum->top++) {
        for (int k = RQ_SUM_DIGITS - 1; k > 0; k--) sum->digit[k] = sum->digit[k - 1];
        sum->digit[0] = 0;
    }
}

void rq_exact_sum_add(rq_exact_sum *sum, double x)
{
    union {
        double f;
        uint64_t u;
    } bits = {x};
    uint64_t mantissa = bits.u & ((UINT64_C(1) << 52) - 1);
    uint32_t exponent = bits.u >> 52 & 0x7ff;
    if (x == 0.0) return;
    if (exponent)
        mantissa |= UINT64_C(1) << 52;
    else
        exponent = 1;
    /* |x| = mantissa * 2^(exponent - 1075): three digits, the lowest at `place`. */
    exponent += 64 * DIGIT_BITS - 1075;
    int32_t place = (int32_t)(exponent / DIGIT_BITS) - 64;
    uint32_t shift = exponent % DIGIT_BITS;
    uint64_t low = (mantissa & DIGIT_MASK) << shift;
    uint64_t high = ((mantissa >> DIGIT_BITS) << shift) + (low >> DIGIT_BITS);
    int64_t digits[3] = {(int64_t)(low & DIGIT_MASK), (int64_t)(high & DIGIT_MASK),
                         (int64_t)(high >> DIGIT_BITS)};
    int32_t top = place + (digits[2] ? 2 : digits[1] ? 1 : 0);
    if (top > sum->top) raise_top(sum, top);
    int64_t sign = -(int64_t)(bits.u >> 63); /* 0 or -1: d ^ sign - sign is d or -d */
    for (int32_t j = 0; j < 3; j++) {
        int32_t k = sum->top - place - j;
        if (k >= 0 && k < RQ_SUM_DIGITS) sum->digit[k] += (digits[j] ^ sign) - sign;
    }
}

void rq_exact_sum_merge(rq_exact_sum *into, const rq_exact_sum *from)
{
    raise_top(into, from->top);
    for (int k = into->top - from->top, j = 0; k < RQ_SUM_DIGITS; k++, j++)
        into->digit[k] += from->digit[j];
}

double rq_exact_sum_value(const rq_exact_sum *sum)
{
    double value = 0.0;
    for (int k = RQ_SUM_DIGITS - 1; k >= 0; k--)
        value += ldexp((double)sum->digit[k], DIGIT_BITS * (sum->top - k));
    return value;
}
