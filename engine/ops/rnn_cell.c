/* Operation Specifications: RNNCell. */
#include "engine/ops/common/recurrent.h"

static rq_status infer(rq_infer *ctx)
{
    return rq_cell_infer(ctx, &rq_rnn_kind);
}

static size_t scratch(const rq_infer *ctx)
{
    return rq_recurrent_scratch(ctx, &rq_rnn_kind);
}

static rq_status run(rq_call *call)
{
    return rq_cell_run(call, &rq_rnn_kind);
}

static double flops(const rq_work_shapes *shapes)
{
    return rq_recurrent_flops(shapes, 2);
}

const rq_op rq_op_RNNCell = {
    .type = "RNNCell",
    .opsets = RQ_OPSET(0) | RQ_OPSET(1),
    .role = RQ_ROLE_FLOAT,
    .flags = RQ_OP_RECURRENT,
    .attrs_size = sizeof(rq_recurrent_attrs),
    .attrs = rq_recurrent_specs,
    .infer = infer,
    .scratch = scratch,
    .run = run,
    .flops = flops,
};
