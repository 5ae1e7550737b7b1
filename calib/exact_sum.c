#include "calib/exact_sum.h"

#include <math.h>

#define DIGIT_BITS 32

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
    if (x == 0.0) return;
    int exponent;
    frexp(x, &exponent); /* |x| < 2^exponent */
    int32_t top = (exponent - 1 + 64 * DIGIT_BITS) / DIGIT_BITS - 64;
    raise_top(sum, top);
    double rest = ldexp(x, -DIGIT_BITS * top); /* |rest| < 2^32: its whole part is the top digit */
    for (int k = sum->top - top; k < RQ_SUM_DIGITS && rest != 0.0; k++) {
        double whole = trunc(rest);
        sum->digit[k] += (int64_t)whole;
        rest = ldexp(rest - whole, DIGIT_BITS);
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
