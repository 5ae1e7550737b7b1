/* Operation Specifications: Unsqueeze-1. */
#include "engine/ops/common/strided_copy.h"

static rq_status infer(rq_infer *ctx)
{
    RQ_TRY(rq_infer_arity(ctx, 2, 2));
    const rq_shape *in = &ctx->in[0].shape;
    ctx->out[0].dtype = ctx->in[0].dtype;
    if (!rq_infer_known(ctx, 1)) return rq_infer_defer(ctx);
    size_t n = rq_tensor_count(&ctx->in[1]);
    if (n > RQ_MAX_RANK || in->rank + (int)n > RQ_MAX_RANK)
        return rq_node_fail(ctx->node, RQ_EUNSUPPORTED, "rank %d and %zu axes, at most %d in all",
                            in->rank, n, RQ_MAX_RANK);
    rq_shape shape = {.rank = in->rank + (int)n};
    int axes[RQ_MAX_RANK], count;
    RQ_TRY(rq_node_axes(ctx->node, axes, &count, &ctx->in[1], shape.rank));
    for (int i = 0; i < count; i++) shape.d[axes[i]] = -1;
    for (int i = 0, from = 0; i < shape.rank; i++)
        shape.d[i] = shape.d[i] == -1 ? 1 : in->d[from++];
    ctx->out[0].shape = shape;
    return RQ_OK;
}

const rq_op rq_op_Unsqueeze = {
    .type = "Unsqueeze",
    .opsets = RQ_OPSET(1),
    .role = RQ_ROLE_PASS,
    .flags = RQ_OP_ANY_DTYPE | RQ_OP_VIEW,
    .infer = infer,
};
