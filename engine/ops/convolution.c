/* Operation Specifications: Convolution-1. */
#include "engine/ops/common/convolve.h"

const rq_op rq_op_Convolution = {
    .type = "Convolution",
    .opsets = RQ_OPSET(1),
    .role = RQ_ROLE_WEIGHTED,
    .weights = RQ_WEIGHTS_OIK,
    .attrs_size = sizeof(rq_window_attrs),
    .attrs = rq_convolution_specs,
    .infer = rq_convolve_infer,
    .scratch = rq_convolve_scratch,
    .run = rq_convolve_run,
    .flops = rq_convolution_flops,
};
