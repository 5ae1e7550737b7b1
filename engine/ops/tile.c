/* Operation Specifications: Tile-1. */
#include "engine/ops/common/strided_copy.h"

/* Repeats per output dimension; input and repeats are aligned at the end. */
static rq_status read_repeats(const rq_node *node, const rq_tensor *in, int64_t *repeats,
                              rq_shape *padded)
{
    int64_t values[RQ_MAX_RANK];
    size_t n;
    RQ_TRY(rq_tensor_ints(node, &in[1], values, RQ_MAX_RANK, &n));
    const rq_shape *shape = &in[0].shape;
    padded->rank = shape->rank > (int)n ? shape->rank : (int)n;
    for (int i = 0; i < padded->rank; i++) {
        int own = i - (padded->rank - shape->rank), repeat = i - (padded->rank - (int)n);
        padded->d[i] = own < 0 ? 1 : shape->d[own];
        repeats[i] = repeat < 0 ? 1 : values[repeat];
        if (repeats[i] < 0) repeats[i] = 0;
    }
    return RQ_OK;
}

static rq_status infer(rq_infer *ctx)
{
    RQ_TRY(rq_infer_arity(ctx, 2, 2));
    RQ_TRY(rq_infer_whole_bytes(ctx, 0));
    ctx->out[0].dtype = ctx->in[0].dtype;
    if (!rq_infer_known(ctx, 1)) return rq_infer_defer(ctx);
    int64_t repeats[RQ_MAX_RANK];
    rq_shape shape = {0};
    RQ_TRY(read_repeats(ctx->node, ctx->in, repeats, &shape));
    for (int i = 0; i < shape.rank; i++)
        if (!rq_mul_i64(&shape.d[i], shape.d[i], repeats[i]))
            return rq_node_fail(ctx->node, RQ_EFORMAT, "output dimension %d overflows", i);
    ctx->out[0].shape = shape;
    return RQ_OK;
}

static rq_status run(rq_call *call)
{
    int64_t repeats[RQ_MAX_RANK], strides[RQ_MAX_RANK];
    int64_t dims[2 * RQ_MAX_RANK], copied[2 * RQ_MAX_RANK];
    rq_shape shape = {0};
    RQ_TRY(read_repeats(call->node, call->in, repeats, &shape));
    rq_shape_strides(&shape, strides);
    for (int i = 0; i < shape.rank; i++) {
        dims[2 * i] = repeats[i];
        dims[2 * i + 1] = shape.d[i];
        copied[2 * i] = 0;
        copied[2 * i + 1] = strides[i];
    }
    rq_strided_copy_to_dense(call->out[0].data, call->in[0].data, 2 * shape.rank, dims, copied,
                             rq_element_bytes(call->in[0].dtype));
    return RQ_OK;
}

const rq_op rq_op_Tile = {
    .type = "Tile",
    .opsets = RQ_OPSET(1),
    .role = RQ_ROLE_PASS,
    .flags = RQ_OP_ANY_DTYPE | RQ_OP_MOVES,
    .infer = infer,
    .run = run,
};
