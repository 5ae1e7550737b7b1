/* Operation Specifications: Transpose-1. */
#include "engine/ops/common/strided_copy.h"

/* order[i]: which input dimension output dimension i is; reversed when none is given. */
static rq_status read_order(const rq_node *node, int *order, const rq_tensor *t, int rank)
{
    int n;
    RQ_TRY(rq_node_axes(node, order, &n, t, rank));
    if (n == 0)
        for (; n < rank; n++) order[n] = rank - 1 - n;
    if (n == rank) return RQ_OK;
    return rq_node_fail(node, RQ_EFORMAT, "the order has %d axes, expected %d", n, rank);
}

static rq_status infer(rq_infer *ctx)
{
    RQ_TRY(rq_infer_arity(ctx, 2, 2));
    RQ_TRY(rq_infer_whole_bytes(ctx, 0));
    const rq_shape *in = &ctx->in[0].shape;
    ctx->out[0].dtype = ctx->in[0].dtype;
    if (!rq_infer_known(ctx, 1)) return rq_infer_defer(ctx);
    int order[RQ_MAX_RANK];
    RQ_TRY(read_order(ctx->node, order, &ctx->in[1], in->rank));
    rq_shape shape = {.rank = in->rank};
    for (int i = 0; i < in->rank; i++) shape.d[i] = in->d[order[i]];
    ctx->out[0].shape = shape;
    return RQ_OK;
}

static rq_status run(rq_call *call)
{
    const rq_shape *in = &call->in[0].shape;
    int order[RQ_MAX_RANK];
    int64_t strides[RQ_MAX_RANK], copied[RQ_MAX_RANK];
    RQ_TRY(read_order(call->node, order, &call->in[1], in->rank));
    rq_shape_strides(in, strides);
    for (int i = 0; i < in->rank; i++) copied[i] = strides[order[i]];
    rq_strided_copy_to_dense(call->out[0].data, call->in[0].data, in->rank, call->out[0].shape.d,
                             copied, rq_element_bytes(call->in[0].dtype));
    return RQ_OK;
}

const rq_op rq_op_Transpose = {
    .type = "Transpose",
    .opsets = RQ_OPSET(1),
    .role = RQ_ROLE_PASS,
    .flags = RQ_OP_ANY_DTYPE,
    .infer = infer,
    .run = run,
};
