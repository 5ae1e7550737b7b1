/* Operation Specifications: Result-1: an output of the model; rq_bind and the executor deal with
 * it. */
#include "engine/ops/op.h"

static rq_status infer(rq_infer *ctx)
{
    return rq_infer_arity(ctx, 1, 1);
}

const rq_op rq_op_Result = {
    .type = "Result",
    .opsets = RQ_OPSET_ANY,
    .flags = RQ_OP_ANY_DTYPE | RQ_OP_NO_FOLD,
    .infer = infer,
};
