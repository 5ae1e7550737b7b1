/* Transposed convolution: ConvolutionBackpropData and GroupConvolutionBackpropData. */
#ifndef RQ_OPS_COMMON_CONVOLVE_BACKWARD_H
#define RQ_OPS_COMMON_CONVOLVE_BACKWARD_H

#include "engine/ops/common/convolution.h"

rq_status rq_backward_infer(rq_infer *ctx);
size_t rq_backward_scratch(const rq_infer *ctx);
rq_status rq_backward_run(rq_call *call);

#endif
