/* Operation Specifications: ScatterUpdate-3. */
#include "engine/ops/common/strided_copy.h"
#include "engine/ops/common/scatter.h"

/* Updates: the data's shape with the indices' in place of the axis. */
static rq_status check_updates(const rq_infer *ctx, int axis)
{
    const rq_shape *data = &ctx->in[0].shape, *indices = &ctx->in[1].shape;
    const rq_shape *updates = &ctx->in[2].shape;
    bool good = updates->rank == data->rank - 1 + indices->rank;
    for (int i = 0; good && i < updates->rank; i++)
        good = updates->d[i] == (i < axis                   ? data->d[i]
                                 : i < axis + indices->rank ? indices->d[i - axis]
                                                            : data->d[i - indices->rank + 1]);
    if (good || (indices->rank == 1 && indices->d[0] == 1 &&
                 rq_shape_count(updates) * (size_t)data->d[axis] == rq_shape_count(data)))
        return RQ_OK;
    char a[RQ_SHAPE_TEXT], b[RQ_SHAPE_TEXT], c[RQ_SHAPE_TEXT];
    return rq_node_fail(ctx->node, RQ_EFORMAT, "updates %s do not fit data %s, indices %s, axis %d",
                        rq_shape_text(updates, a), rq_shape_text(data, b),
                        rq_shape_text(indices, c), axis);
}

static rq_status infer(rq_infer *ctx)
{
    return rq_scatter_infer_axis(ctx, check_updates);
}

static rq_status run(rq_call *call)
{
    const rq_tensor *data = &call->in[0], *indices = &call->in[1], *updates = &call->in[2];
    int axis;
    RQ_TRY(rq_scatter_axis(call->node, call->in, &axis));
    rq_scatter_begin(call);
    size_t inner = rq_shape_span(&data->shape, axis + 1, data->shape.rank);
    size_t outer = rq_shape_span(&data->shape, 0, axis), n = rq_tensor_count(indices);
    int64_t dim = data->shape.d[axis];
    for (size_t o = 0; o < outer; o++)
        for (size_t i = 0; i < n; i++) {
            int64_t index = rq_load_i64(indices->data, indices->dtype, i);
            RQ_TRY(rq_node_index(call->node, &index, index, dim));
            rq_scatter_combine(RQ_SCATTER_NONE, data->dtype, call->out[0].data,
                               (o * (size_t)dim + (size_t)index) * inner, updates->data,
                               (o * n + i) * inner, inner);
        }
    return RQ_OK;
}

const rq_op rq_op_ScatterUpdate = {
    .type = "ScatterUpdate",
    .opsets = RQ_OPSET(3),
    .role = RQ_ROLE_PASS,
    .flags = RQ_OP_ANY_DTYPE,
    .infer = infer,
    .run = run,
};
