/* Operation Specifications: Split-1. */
#include "engine/ops/common/strided_copy.h"
#include "engine/ops/common/split_parts.h"

#include <inttypes.h>

typedef struct split_attrs {
    int64_t num_splits;
} split_attrs;

static const rq_attr_spec attrs_table[] = {
    {"num_splits", RQ_ATTR_INT, offsetof(split_attrs, num_splits), NULL, NULL},
    RQ_ATTRS_END,
};

static rq_status infer(rq_infer *ctx)
{
    const split_attrs *a = ctx->attrs;
    RQ_TRY(rq_infer_arity(ctx, 2, 2));
    RQ_TRY(rq_infer_rank(ctx, 0, 1, RQ_MAX_RANK));
    RQ_TRY(rq_infer_whole_bytes(ctx, 0));
    if (a->num_splits < 1 || a->num_splits != (int64_t)ctx->n_out)
        return rq_node_fail(ctx->node, RQ_EFORMAT, "num_splits %" PRId64 " with %u outputs",
                            a->num_splits, ctx->n_out);
    for (uint32_t i = 0; i < ctx->n_out; i++) ctx->out[i].dtype = ctx->in[0].dtype;
    if (!rq_infer_known(ctx, 1)) return rq_infer_defer(ctx);
    int axis;
    rq_shape shape = ctx->in[0].shape;
    RQ_TRY(rq_split_axis(ctx->node, ctx->in, &axis));
    if (shape.d[axis] % a->num_splits)
        return rq_node_fail(ctx->node, RQ_EFORMAT,
                            "dimension %d is %" PRId64
                            ", expected a multiple of num_splits %" PRId64,
                            axis, shape.d[axis], a->num_splits);
    shape.d[axis] /= a->num_splits;
    for (uint32_t i = 0; i < ctx->n_out; i++) ctx->out[i].shape = shape;
    return RQ_OK;
}

const rq_op rq_op_Split = {
    .type = "Split",
    .opsets = RQ_OPSET(1),
    .role = RQ_ROLE_PASS,
    .flags = RQ_OP_ANY_DTYPE | RQ_OP_MOVES,
    .attrs_size = sizeof(split_attrs),
    .attrs = attrs_table,
    .infer = infer,
    .run = rq_split_run,
};
