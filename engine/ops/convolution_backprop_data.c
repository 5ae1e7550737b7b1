/* Operation Specifications: ConvolutionBackpropData-1. */
#include "engine/ops/common/convolve_backward.h"

static rq_status infer(rq_infer *ctx)
{
    return rq_backward_infer(ctx, false);
}

static size_t scratch(const rq_infer *ctx)
{
    return rq_backward_scratch(ctx, false);
}

static rq_status run(rq_call *call)
{
    return rq_backward_run(call, false);
}

static double flops(const rq_work_shapes *shapes)
{
    return rq_backward_flops(shapes, false);
}

const rq_op rq_op_ConvolutionBackpropData = {
    .type = "ConvolutionBackpropData",
    .opsets = RQ_OPSET(1),
    .role = RQ_ROLE_WEIGHTED,
    .flags = RQ_OP_QUANTIZES_TWO,
    .weights = RQ_WEIGHTS_IOK,
    .attrs_size = sizeof(rq_backward_attrs),
    .attrs = rq_backward_specs,
    .infer = infer,
    .scratch = scratch,
    .run = run,
    .flops = flops,
};
