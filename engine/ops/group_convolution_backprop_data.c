/* Operation Specifications: GroupConvolutionBackpropData-1. */
#include "engine/ops/common/convolve_backward.h"

static rq_status infer(rq_infer *ctx)
{
    return rq_backward_infer(ctx, true);
}

static size_t scratch(const rq_infer *ctx)
{
    return rq_backward_scratch(ctx, true);
}

static rq_status run(rq_call *call)
{
    return rq_backward_run(call, true);
}

static double flops(const rq_work_shapes *shapes)
{
    return rq_backward_flops(shapes, true);
}

const rq_op rq_op_GroupConvolutionBackpropData = {
    .type = "GroupConvolutionBackpropData",
    .opsets = RQ_OPSET(1),
    .role = RQ_ROLE_WEIGHTED,
    .flags = RQ_OP_QUANTIZES_TWO,
    .weights = RQ_WEIGHTS_GIOK,
    .attrs_size = sizeof(rq_backward_attrs),
    .attrs = rq_backward_specs,
    .infer = infer,
    .scratch = scratch,
    .run = run,
    .flops = flops,
};
