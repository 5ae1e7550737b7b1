/* Whether a constant survives as f16, and with which power-of-two scales it does. */
#ifndef RQ_QUANT_HALF_H
#define RQ_QUANT_HALF_H

#include "engine/base/arena.h"
#include "engine/base/tensor.h"

typedef enum rq_half_fit {
    RQ_HALF_PLAIN,  /* as it is */
    RQ_HALF_SCALED, /* as f16(x / scale) * scale, exact but for f16's 11 bits */
    RQ_HALF_NOT     /* its values span more than f16 has room for, or it is too small to scale */
} rq_half_fit;

/* Scales along one axis; they broadcast as `shape`. */
typedef struct rq_half_scales {
    int axis; /* -1: one for all */
    size_t n;
    float *scales; /* powers of two */
    rq_shape shape;
} rq_half_scales;

/* Every slice must keep 60 dB: rounding to 11 bits leaves 70, overflow and subnormals fall below.
 * Slices are along the first axis, else the last, or the whole. A scale moves the largest value of
 * its slice to [2^14, 2^15), which leaves 28 octaves below it. `scales` is filled for
 * RQ_HALF_SCALED; it lives in `arena`. */
rq_status rq_half_choose(rq_half_fit *fit, rq_half_scales *scales, const float *data,
                         const rq_shape *shape, rq_arena *arena);

#endif
