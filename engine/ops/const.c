/* Operation Specifications: Constant-1: a constant, bound to its data. */
#include "engine/ops/op.h"

static rq_status infer(rq_infer *ctx)
{
    return rq_infer_arity(ctx, 0, 0);
}

const rq_op rq_op_Const = {
    .type = "Const",
    .opsets = RQ_OPSET_ANY,
    .flags = RQ_OP_ANY_DTYPE | RQ_OP_NO_FOLD,
    .infer = infer,
};
