/* Convolution of one group at a time, shared by Convolution and GroupConvolution. */
#ifndef RQ_OPS_COMMON_CONVOLVE_H
#define RQ_OPS_COMMON_CONVOLVE_H

#include "engine/ops/common/window.h"

typedef struct rq_convolution {
    rq_window window;
    int64_t batch, groups, inputs, outputs; /* inputs and outputs per group */
} rq_convolution;

/* Reads shapes: data N,C,(D,H,)W; weights [G,]O,I,K. Fills out[0]. */
rq_status rq_convolution_infer(rq_infer *ctx, bool grouped);
size_t rq_convolution_scratch(const rq_infer *ctx, bool grouped);
rq_status rq_convolution_run(rq_call *call, bool grouped);
/* Each output element takes the products of one output channel. */
double rq_convolution_flops(const rq_work_shapes *shapes, bool grouped);

#endif
