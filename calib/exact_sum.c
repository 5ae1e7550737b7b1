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

/* |x| as three digits, the lowest at *place. */
static void cut(uint64_t digits[3], int32_t *place, double x)
{
    union {
        double f;
        uint64_t u;
    } bits = {x};
    int32_t exponent = (int32_t)(bits.u >> 52 & 0x7ff);
    uint64_t mantissa = bits.u & ((UINT64_C(1) << 52) - 1);
    if (exponent)
        mantissa |= UINT64_C(1) << 52;
    else
        exponent = 1;
    exponent -= 1075; /* |x| = mantissa * 2^exponent */
    *place = (exponent + 64 * DIGIT_BITS) / DIGIT_BITS - 64;
    int shift = exponent - DIGIT_BITS * *place;
    uint64_t low = (mantissa & DIGIT_MASK) << shift, high = (mantissa >> DIGIT_BITS) << shift;
    uint64_t middle = (low >> DIGIT_BITS) + (high & DIGIT_MASK);
    digits[0] = low & DIGIT_MASK;
    digits[1] = middle & DIGIT_MASK;
    digits[2] = (high >> DIGIT_BITS) + (middle >> DIGIT_BITS);
}

void rq_exact_sum_add(rq_exact_sum *sum, double x)
{
    uint64_t digits[3];
    int32_t place;
    if (x == 0.0) return;
    cut(digits, &place, x);
    raise_top(sum, place + (digits[2] ? 2 : digits[1] ? 1 : 0));
    for (int32_t j = 0; j < 3; j++) {
        int32_t k = sum->top - place - j;
        if (k < 0 || k >= RQ_SUM_DIGITS) continue;
        sum->digit[k] += x < 0.0 ? -(int64_t)digits[j] : (int64_t)digits[j];
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
