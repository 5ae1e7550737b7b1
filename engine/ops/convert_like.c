/* Operation Specifications: ConvertLike-1: input 0 as the type of input 1. */
#include "engine/ops/op.h"

static rq_status infer(rq_infer *ctx)
{
    RQ_TRY(rq_infer_arity(ctx, 2, 2));
    ctx->out[0].dtype = ctx->in[1].dtype;
    ctx->out[0].shape = ctx->in[0].shape;
    return RQ_OK;
}

static rq_status run(rq_call *call)
{
    return rq_convert(call->out[0].data, call->out[0].dtype, call->in[0].data, call->in[0].dtype,
                      rq_tensor_count(&call->in[0]));
}

const rq_op rq_op_ConvertLike = {
    .type = "ConvertLike",
    .opsets = RQ_OPSET(1),
    .role = RQ_ROLE_PASS,
    .flags = RQ_OP_ANY_DTYPE,
    .infer = infer,
    .run = run,
};
