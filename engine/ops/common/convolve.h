/* Convolution and GroupConvolution. */
#ifndef RQ_OPS_COMMON_CONVOLVE_H
#define RQ_OPS_COMMON_CONVOLVE_H

#include "engine/ops/common/convolution.h"

rq_status rq_convolve_infer(rq_infer *ctx);
size_t rq_convolve_scratch(const rq_infer *ctx);
rq_status rq_convolve_run(rq_call *call);

#endif
