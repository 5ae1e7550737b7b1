/* Operation Specifications: ScatterNDUpdate-3, ScatterNDUpdate-15. */
#include "engine/ops/common/strided_copy.h"
#include "engine/ops/common/scatter.h"

typedef struct scatter_nd_attrs {
    int reduction;
} scatter_nd_attrs;

static const rq_attr_spec attrs_table[] = {
    {"reduction", RQ_ATTR_ENUM, offsetof(scatter_nd_attrs, reduction), "none",
     rq_scatter_reductions},
    RQ_ATTRS_END,
};

/* Updates: indices' shape without its last dimension k, then the data's without its first k. */
static rq_status infer(rq_infer *ctx)
{
    RQ_TRY(rq_scatter_infer(ctx, 3));
    RQ_TRY(rq_infer_rank(ctx, 1, 1, RQ_MAX_RANK));
    const scatter_nd_attrs *a = ctx->attrs;
    const rq_shape *data = &ctx->in[0].shape, *indices = &ctx->in[1].shape;
    const rq_shape *updates = &ctx->in[2].shape;
    int fixed = indices->rank - 1;
    int64_t depth = indices->d[fixed];
    bool good = depth <= data->rank && updates->rank == fixed + data->rank - depth;
    for (int i = 0; good && i < updates->rank; i++)
        good = updates->d[i] == (i < fixed ? indices->d[i] : data->d[i - fixed + depth]);
    good &= a->reduction != RQ_SCATTER_MEAN;
    if (good) return RQ_OK;
    char x[RQ_SHAPE_TEXT], y[RQ_SHAPE_TEXT], z[RQ_SHAPE_TEXT];
    return rq_node_fail(ctx->node, RQ_EFORMAT,
                        "updates %s do not fit data %s and indices %s with reduction %s",
                        rq_shape_text(updates, x), rq_shape_text(data, y),
                        rq_shape_text(indices, z), rq_scatter_reductions[a->reduction]);
}

static rq_status run(rq_call *call)
{
    const scatter_nd_attrs *a = call->attrs;
    const rq_tensor *data = &call->in[0], *indices = &call->in[1], *updates = &call->in[2];
    const rq_shape *shape = &data->shape;
    int fixed = indices->shape.rank - 1, depth = (int)indices->shape.d[fixed];
    size_t n = rq_shape_span(&indices->shape, 0, fixed);
    size_t inner = rq_shape_span(shape, depth, shape->rank);
    rq_scatter_begin(call);
    for (size_t i = 0; i < n; i++) {
        size_t at = 0;
        for (int k = 0; k < depth; k++) {
            int64_t index =
                rq_load_i64(indices->data, indices->dtype, i * (size_t)depth + (size_t)k);
            RQ_TRY(rq_node_index(call->node, &index, index, shape->d[k]));
            at = at * (size_t)shape->d[k] + (size_t)index;
        }
        rq_scatter_combine(a->reduction, data->dtype, call->out[0].data, at * inner, updates->data,
                           i * inner, inner);
    }
    return RQ_OK;
}

const rq_op rq_op_ScatterNDUpdate = {
    .type = "ScatterNDUpdate",
    .opsets = RQ_OPSET(3) | RQ_OPSET(4) | RQ_OPSET(15),
    .role = RQ_ROLE_PASS,
    .flags = RQ_OP_ANY_DTYPE,
    .attrs_size = sizeof(scatter_nd_attrs),
    .attrs = attrs_table,
    .infer = infer,
    .run = run,
};
