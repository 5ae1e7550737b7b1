/* Operation Specifications: GroupConvolutionBackpropData-1. */
#include "engine/ops/common/convolve_backward.h"

const rq_op rq_op_GroupConvolutionBackpropData = {
    .type = "GroupConvolutionBackpropData",
    .opsets = RQ_OPSET(1),
    .role = RQ_ROLE_WEIGHTED,
    .weights = RQ_WEIGHTS_GIOK,
    .attrs_size = sizeof(rq_backward_attrs),
    .attrs = rq_backward_specs,
    .infer = rq_backward_infer,
    .scratch = rq_backward_scratch,
    .run = rq_backward_run,
    .flops = rq_convolution_flops,
};
