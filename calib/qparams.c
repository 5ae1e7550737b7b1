#include "calib/qparams.h"

#include <math.h>

#define MIN_SHARE 0.01f /* of the largest channel's range */

float rq_qparams_channel_floor(float most)
{
    return fmaxf(MIN_SHARE * most, RQ_MIN_RANGE);
}

void rq_qparams_symmetric(float *low, float *high, float absmax, bool is_signed, int levels)
{
    *high = fmaxf(absmax, RQ_MIN_RANGE);
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
    const float least = 10.0f * RQ_MIN_RANGE;
    float widen = max - min <= least ? least : 0.0f;
    *low = fminf(min - widen, 0.0f);
    *high = fmaxf(max + widen, 0.0f);
    align_zero(low, high, levels);
}
