/* int16 saturation of vpmaddubsw.
 *
 * x86 without VNNI multiplies unsigned activation codes by signed weight codes in pairs, and adds
 * the two products in int16: a0 * w0 + a1 * w1 saturates outside [-32768, 32767] (Intel SDM,
 * PMADDUBSW). The pairs are input channels 2i and 2i + 1 at one kernel position. A weight pair is
 * safe for activation codes up to A0 and A1 when
 *   A0 max(w0, 0) + A1 max(w1, 0) <= 32767  and  A0 min(w0, 0) + A1 min(w1, 0) >= -32768.
 * With A0 = A1 = 255 that is: weights of one sign add up to at most 128. */
#ifndef RQ_QUANT_SATURATION_H
#define RQ_QUANT_SATURATION_H

#include <stdbool.h>
#include <stdint.h>

#define RQ_CODE_MAX 127 /* of weights: narrow range, -127..127 */

static inline bool rq_pair_is_safe(int w0, int w1, int a0, int a1)
{
    int high = a0 * (w0 > 0 ? w0 : 0) + a1 * (w1 > 0 ? w1 : 0);
    int low = a0 * (w0 < 0 ? w0 : 0) + a1 * (w1 < 0 ? w1 : 0);
    return high <= INT16_MAX && low >= INT16_MIN;
}

/* The nearest safe codes to x0 and x1 (weights divided by the scale) in the weighted square norm
 * m0 (w0 - x0)^2 + m1 (w1 - x1)^2, when the rounded *w0, *w1 are not safe: codes move towards zero
 * only, never past it. Returns the increase of that norm over the rounded codes. */
double rq_pair_repair(int *w0, int *w1, double x0, double x1, double m0, double m1, int a0, int a1);

#endif
