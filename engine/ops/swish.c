/* Operation Specifications: Swish-4: x / (1 + e^(-beta x)); beta is 1 unless given. */
#include "engine/ops/common/elementwise.h"

static rq_status infer(rq_infer *ctx)
{
    RQ_TRY(rq_infer_arity(ctx, 1, 2));
    RQ_TRY(rq_infer_floats(ctx, 2));
    if (rq_input_given(ctx->in, ctx->n_in, 1) && rq_tensor_count(&ctx->in[1]) != 1)
        return rq_node_fail(ctx->node, RQ_EFORMAT, "beta has %zu elements, expected 1",
                            rq_tensor_count(&ctx->in[1]));
    return rq_infer_same(ctx);
}

static rq_status run(rq_call *call)
{
    const float *x = call->in[0].data;
    const float beta =
        rq_input_given(call->in, call->n_in, 1) ? *(const float *)call->in[1].data : 1.0f;
    float *y = call->out[0].data;
    for (size_t i = 0; i < rq_tensor_count(&call->in[0]); i++)
        y[i] = x[i] / (1.0f + expf(-beta * x[i]));
    return RQ_OK;
}

const rq_op rq_op_Swish = {
    .type = "Swish",
    .opsets = RQ_OPSET(4),
    .role = RQ_ROLE_ACTIVATION,
    .flags = RQ_OP_INPLACE,
    .infer = infer,
    .run = run,
};
