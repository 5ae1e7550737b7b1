/* Operation Specifications: Parameter-1: an input of the model, filled by the executor. */
#include "engine/ops/op.h"

static rq_status infer(rq_infer *ctx)
{
    return rq_infer_arity(ctx, 0, 0);
}

const rq_op rq_op_Parameter = {
    .type = "Parameter",
    .opsets = RQ_OPSET_ANY,
    .flags = RQ_OP_ANY_DTYPE | RQ_OP_NO_FOLD,
    .infer = infer,
};
