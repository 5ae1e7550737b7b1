/* Whether a constant survives as f16, and with which power-of-two scales it does. */
#ifndef RQ_QUANT_FP16_SCALE_H
#define RQ_QUANT_FP16_SCALE_H

#include "engine/ir/graph.h"

typedef enum rq_fp16_fit {
    RQ_FP16_FIT_PLAIN,  /* as it is */
    RQ_FP16_FIT_SCALED, /* as f16(x / scale) * scale, exact but for f16's 11 bits */
    RQ_FP16_FIT_NOT /* its values span more than f16 has room for, or it is too small to scale */
} rq_fp16_fit;

/* Scales along one axis; they broadcast as `shape`. */
typedef struct rq_fp16_scales {
    int axis; /* -1: one for all */
    size_t n;
    float *scales; /* powers of two */
    rq_shape shape;
} rq_fp16_scales;

/* Every slice must keep 60 dB: rounding to 11 bits leaves 70, overflow and subnormals fall below.
 * Slices are along the first axis, else the last, or the whole. A scale moves the largest value of
 * its slice to [2^14, 2^15), which leaves 28 octaves below it. `scales` is filled for
 * RQ_FP16_FIT_SCALED; it lives in `arena`. `constant` is of f32 and is read in pieces. */
rq_status rq_fp16_scale_choose(rq_fp16_fit *fit, rq_fp16_scales *scales, const rq_node *constant,
                               const rq_shape *shape, rq_arena *arena);

#endif
