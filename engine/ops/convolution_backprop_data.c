/* Operation Specifications: ConvolutionBackpropData-1. */
#include "engine/ops/common/convolve_backward.h"

const rq_op rq_op_ConvolutionBackpropData = {
    .type = "ConvolutionBackpropData",
    .opsets = RQ_OPSET(1),
    .role = RQ_ROLE_WEIGHTED,
    .weights = RQ_WEIGHTS_IOK,
    .attrs_size = sizeof(rq_backward_attrs),
    .attrs = rq_backward_specs,
    .infer = rq_backward_infer,
    .scratch = rq_backward_scratch,
    .run = rq_backward_run,
    .flops = rq_convolution_flops,
};
