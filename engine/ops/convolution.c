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

const rq_op rq_op_Convolution = {
    .type = "Convolution",
    .opsets = RQ_OPSET(1),
    .role = RQ_ROLE_WEIGHTED,
    .attrs_size = sizeof(rq_window_attrs),
    .attrs = attrs_table,
    .infer = infer,
    .scratch = scratch,
    .run = run,
};
