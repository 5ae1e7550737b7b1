/* Operation Specifications: TensorIterator-1: a nested graph run once for every slice. */
#include "engine/ops/common/control_flow_loop.h"

static rq_status infer(rq_infer *ctx)
{
    return rq_control_flow_loop_infer(ctx, -1, true);
}

static rq_status run(rq_call *call)
{
    return rq_control_flow_loop_run(call, -1);
}

const rq_op rq_op_TensorIterator = {
    .type = "TensorIterator",
    .opsets = RQ_OPSET(1),
    .role = RQ_ROLE_FLOAT,
    .flags = RQ_OP_ANY_DTYPE | RQ_OP_NO_FOLD,
    .infer = infer,
    .run = run,
};
