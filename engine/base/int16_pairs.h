/* int16 saturation of vpmaddubsw.
 *
 * x86 without VNNI multiplies unsigned activation codes by signed weight codes in pairs, and adds
 * the two products in int16: a0 * w0 + a1 * w1 saturates outside [-32768, 32767] (Intel SDM,
 * PMADDUBSW). The pairs are input channels 2i and 2i + 1 at one kernel position. A weight pair is
 * safe for activation codes up to A0 and A1 when
 *   A0 max(w0, 0) + A1 max(w1, 0) <= 32767  and  A0 min(w0, 0) + A1 min(w1, 0) >= -32768. */
#ifndef RQ_BASE_INT16_PAIRS_H
#define RQ_BASE_INT16_PAIRS_H

#include <stdbool.h>
#include <stdint.h>

/* The same for A0 = A1 = 255: weights of one sign add up to at most this. */
#define RQ_PAIR_SAFE_SUM 128

/* Weight codes, and the largest activation codes that they meet. */
static inline bool rq_pair_is_safe(int w0, int w1, int a0, int a1)
{
    int high = a0 * (w0 > 0 ? w0 : 0) + a1 * (w1 > 0 ? w1 : 0);
    int low = a0 * (w0 < 0 ? w0 : 0) + a1 * (w1 < 0 ? w1 : 0);
    return high <= INT16_MAX && low >= INT16_MIN;
}

#endif
