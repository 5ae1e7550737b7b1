#include "calib/qparams.h"

#include <math.h>

void rq_qparams_symmetric(float *low, float *high, float absmax, bool is_signed, int levels)
{
    *high = absmax > 0.0f ? fmaxf(absmax, RQ_MIN_RANGE) : RQ_ZERO_RANGE;
    /* NNCF multiplies by the rounded ratio: the other order differs in the last bit. */
    const float ratio = (float)((double)(levels / 2) / ((levels - 1) / 2));
    *low = is_signed ? -*high * ratio : 0.0f;
}

/* Moves one end so that 0 falls on a level. */
static void align_zero(float *low, float *high, int levels)
{
    float top = (float)(levels - 1);
    float zero_point = nearbyintf(-*low * (top / (*high - *low)));
    if (zero_point <= 0.0f || zero_point >= top) {
        if (zero_point <= 0.0f) *low = 0.0f;
        if (zero_point >= top) *high = 0.0f;
        return;
    }
    float low_for_high = zero_point / (zero_point - top) * *high;
    float high_for_low = (zero_point - top) / zero_point * *low;
    if (*high - low_for_high > high_for_low - *low)
        *low = low_for_high;
    else
        *high = high_for_low;
}

void rq_qparams_asymmetric(float *low, float *high, float min, float max, int levels)
{
    *low = fminf(min, 0.0f);
    *high = fmaxf(max, 0.0f);
    if (*high - *low < RQ_MIN_RANGE) *high = *high > *low ? *low + RQ_MIN_RANGE : RQ_ZERO_RANGE;
    align_zero(low, high, levels);
}
