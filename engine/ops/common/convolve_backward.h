/* Transposed convolution, shared by ConvolutionBackpropData and GroupConvolutionBackpropData. */
#ifndef RQ_OPS_COMMON_CONVOLVE_BACKWARD_H
#define RQ_OPS_COMMON_CONVOLVE_BACKWARD_H

#include "engine/ops/common/window.h"

typedef struct rq_backward_attrs {
    rq_window_attrs window; /* first, for RQ_WINDOW_SPECS */
    rq_ints output_padding;
} rq_backward_attrs;

extern const rq_attr_spec rq_backward_specs[];

/* Data N,C,(D,H,)W; weights [G,]I,O,K; input 2, if any: the output's spatial sizes. */
rq_status rq_backward_infer(rq_infer *ctx, bool grouped);
size_t rq_backward_scratch(const rq_infer *ctx, bool grouped);
rq_status rq_backward_run(rq_call *call, bool grouped);
/* Each input element is spread over the products of one input channel. */
double rq_backward_flops(const rq_work_shapes *shapes, bool grouped);

#endif
