/* What DFT, IDFT, RDFT and IRDFT share: a direct transform (n^2 per line) along one axis after the
 * other, in double precision.
 *
 * Operation Specifications: DFT-7, IDFT-7, RDFT-9, IRDFT-9. Complex numbers are pairs in the last
 * dimension, which axes do not count. Inputs: data, axes, signal sizes (optional; -1: as it is). */
#ifndef RQ_OPS_COMMON_FOURIER_H
#define RQ_OPS_COMMON_FOURIER_H

#include "engine/ops/op.h"

typedef enum rq_fourier {
    RQ_FOURIER_DFT,
    RQ_FOURIER_IDFT,
    RQ_FOURIER_RDFT, /* real to the half spectrum of the last axis */
    RQ_FOURIER_IRDFT /* and back */
} rq_fourier;

rq_status rq_fourier_infer(rq_infer *ctx, rq_fourier kind);
size_t rq_fourier_scratch(const rq_infer *ctx, rq_fourier kind);
rq_status rq_fourier_run(rq_call *call, rq_fourier kind);

/* The three functions of a descriptor. */
#define RQ_FOURIER_FUNCTIONS(kind)                                                                 \
    static rq_status infer(rq_infer *ctx)                                                          \
    {                                                                                              \
        return rq_fourier_infer(ctx, kind);                                                        \
    }                                                                                              \
    static size_t scratch(const rq_infer *ctx)                                                     \
    {                                                                                              \
        return rq_fourier_scratch(ctx, kind);                                                      \
    }                                                                                              \
    static rq_status run(rq_call *call)                                                            \
    {                                                                                              \
        return rq_fourier_run(call, kind);                                                         \
    }

#endif
