/* Operation Specifications: Reverse-1. */
#include "engine/ops/common/strided_copy.h"

typedef struct reverse_attrs {
    int mode;
} reverse_attrs;

static const char *const modes[] = {"index", "mask", NULL};

static const rq_attr_spec attrs_table[] = {
    {"mode", RQ_ATTR_ENUM, offsetof(reverse_attrs, mode), NULL, modes},
    RQ_ATTRS_END,
};

/* Bit i: dimension i is reversed. */
static rq_status read_axes(const rq_node *node, const reverse_attrs *a, const rq_tensor *in,
                           unsigned *reversed)
{
    int axes[RQ_MAX_RANK], n, rank = in[0].shape.rank;
    int64_t mask[RQ_MAX_RANK];
    *reversed = 0;
    if (a->mode == 1) {
        RQ_TRY(rq_node_list(node, mask, (size_t)rank, &in[1], "the mask"));
        for (int i = 0; i < rank; i++) *reversed |= mask[i] ? 1u << i : 0;
        return RQ_OK;
    }
    RQ_TRY(rq_node_axes(node, axes, &n, &in[1], rank));
    for (int i = 0; i < n; i++) *reversed |= 1u << axes[i];
    return RQ_OK;
}

static rq_status infer(rq_infer *ctx)
{
    unsigned reversed;
    RQ_TRY(rq_infer_arity(ctx, 2, 2));
    RQ_TRY(rq_infer_whole_bytes(ctx, 0));
    RQ_TRY(rq_infer_same(ctx));
    if (!rq_infer_known(ctx, 1)) return rq_infer_defer(ctx);
    return read_axes(ctx->node, ctx->attrs, ctx->in, &reversed);
}

static rq_status run(rq_call *call)
{
    const rq_shape *shape = &call->in[0].shape;
    unsigned reversed;
    int64_t strides[RQ_MAX_RANK], at = 0;
    size_t element = rq_element_bytes(call->in[0].dtype);
    RQ_TRY(read_axes(call->node, call->attrs, call->in, &reversed));
    if (rq_shape_count(shape) == 0) return RQ_OK;
    rq_shape_strides(shape, strides);
    for (int i = 0; i < shape->rank; i++) {
        if (!(reversed >> i & 1)) continue;
        at += (shape->d[i] - 1) * strides[i];
        strides[i] = -strides[i];
    }
    rq_strided_copy_to_dense(call->out[0].data, rq_strided_from(call->in[0].data, at, element),
                             shape->rank, shape->d, strides, element);
    return RQ_OK;
}

const rq_op rq_op_Reverse = {
    .type = "Reverse",
    .opsets = RQ_OPSET(1),
    .role = RQ_ROLE_PASS,
    .flags = RQ_OP_ANY_DTYPE | RQ_OP_MOVES,
    .attrs_size = sizeof(reverse_attrs),
    .attrs = attrs_table,
    .infer = infer,
    .run = run,
};
