/* Operation Specifications: LSTMSequence. */
#include "engine/ops/common/recurrent.h"

static rq_status infer(rq_infer *ctx)
{
    return rq_sequence_infer(ctx, &rq_lstm_kind);
}

static size_t scratch(const rq_infer *ctx)
{
    return rq_recurrent_scratch(ctx, &rq_lstm_kind);
}

static rq_status run(rq_call *call)
{
    return rq_sequence_run(call, &rq_lstm_kind);
}

static double flops(const rq_work_shapes *shapes)
{
    return rq_recurrent_flops(shapes, 4);
}

const rq_op rq_op_LSTMSequence = {
    .type = "LSTMSequence",
    .opsets = RQ_OPSET(5),
    .role = RQ_ROLE_QUANTIZE,
    .flags = RQ_OP_RECURRENT,
    .attrs_size = sizeof(rq_recurrent_attrs),
    .attrs = rq_recurrent_specs,
    .infer = infer,
    .scratch = scratch,
    .run = run,
    .flops = flops,
};
