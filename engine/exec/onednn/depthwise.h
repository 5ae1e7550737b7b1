/* Convolutions of codes with one channel each, channels last: oneDNN 2.6 has a fast kernel only for
 * codes whose zero is 0. Private to engine/exec/onednn.
 *
 * Sums of products are exact; every instruction set and number of threads gives the same bits. */
#ifndef RQ_EXEC_ONEDNN_DEPTHWISE_H
#define RQ_EXEC_ONEDNN_DEPTHWISE_H

#include "engine/base/arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* y = sum of weights * (codes - zero_point) * scale[c] + bias[c]; y = clip(y, low, high); perhaps
 * y = hswish(y). Written as numbers, or as codes: round(y * factor[c] + offset[c]), half to even,
 * from 0 to top. */
typedef struct rq_depthwise {
    size_t batch, channels;
    size_t in_height, in_width, out_height, out_width;
    size_t kernel_height, kernel_width; /* their product at most RQ_DEPTHWISE_MAX_TAPS */
    size_t stride_height, stride_width;
    size_t pad_top, pad_left; /* padding is zero_point */
    uint8_t zero_point;
    const int8_t *weights; /* [channels, kernel_height, kernel_width] */
    const float *scale, *bias;
    float low, high;
    bool hswish, codes;
    const float *factor, *offset; /* of codes */
    uint8_t top;
} rq_depthwise;

#define RQ_DEPTHWISE_MAX_TAPS 256 /* so many products add up exactly in a float */

/* Weights and factors in the order in which kernels read them. */
typedef struct rq_depthwise_packed rq_depthwise_packed;

/* In the arena; *of is copied, and what it points to is not read any more afterwards. */
rq_status rq_depthwise_pack(const rq_depthwise_packed **out, rq_arena *arena,
                            const rq_depthwise *of);
/* in[batch, in_height, in_width, channels]; out likewise, floats or codes. */
void rq_depthwise_run(const rq_depthwise_packed *packed, unsigned threads, void *out,
                      const uint8_t *in);

#endif
