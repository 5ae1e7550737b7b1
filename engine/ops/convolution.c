/* Operation Specifications: Convolution-1. */
#include "engine/ops/common/convolve.h"

static const rq_attr_spec attrs_table[] = {RQ_WINDOW_SPECS, RQ_ATTRS_END};

static rq_status infer(rq_infer *ctx)
{
    return rq_convolution_infer(ctx, false);
}

static size_t scratch(const rq_infer *ctx)
{
    return rq_convolution_scratch(ctx, false);
}

static rq_status run(rq_call *call)
{
    return rq_convolution_run(call, false);
}

static double flops(const rq_work_shapes *shapes)
{
    return rq_convolution_flops(shapes, false);
}

const rq_op rq_op_Convolution = {
    .type = "Convolution",
    .opsets = RQ_OPSET(1),
    .role = RQ_ROLE_WEIGHTED,
    .flags = RQ_OP_QUANTIZES_TWO,
    .weights = RQ_WEIGHTS_OIK,
    .attrs_size = sizeof(rq_window_attrs),
    .attrs = attrs_table,
    .infer = infer,
    .scratch = scratch,
    .run = run,
    .flops = flops,
};
