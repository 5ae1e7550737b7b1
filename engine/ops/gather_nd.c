/* Operation Specifications: GatherND-5, GatherND-8. Version 5 joins the batch dimensions into one.
 */
#include "engine/ops/common/strided_copy.h"

#include <inttypes.h>
#include <string.h>

typedef struct gather_nd_attrs {
    int64_t batch_dims;
} gather_nd_attrs;

static const rq_attr_spec attrs_table[] = {
    {"batch_dims", RQ_ATTR_INT, offsetof(gather_nd_attrs, batch_dims), "0", NULL},
    RQ_ATTRS_END,
};

/* *depth: how many dimensions of the data an index names. */
static rq_status check(const rq_infer *ctx, int *batch, int *depth)
{
    const gather_nd_attrs *a = ctx->attrs;
    const rq_shape *data = &ctx->in[0].shape, *indices = &ctx->in[1].shape;
    int64_t b = a->batch_dims, k = indices->d[indices->rank - 1];
    char left[RQ_SHAPE_TEXT], right[RQ_SHAPE_TEXT];
    bool good = b >= 0 && b < data->rank && b < indices->rank && k >= 0 && k <= data->rank - b;
    for (int i = 0; good && i < b; i++) good = data->d[i] == indices->d[i];
    *batch = (int)b;
    *depth = (int)k;
    if (good) return RQ_OK;
    return rq_node_fail(ctx->node, RQ_EFORMAT,
                        "data %s and indices %s do not fit batch_dims %" PRId64,
                        rq_shape_text(data, left), rq_shape_text(indices, right), b);
}

static rq_status infer(rq_infer *ctx)
{
    int batch, depth;
    RQ_TRY(rq_infer_arity(ctx, 2, 2));
    RQ_TRY(rq_infer_rank(ctx, 0, 1, RQ_MAX_RANK));
    RQ_TRY(rq_infer_rank(ctx, 1, 1, RQ_MAX_RANK));
    RQ_TRY(rq_infer_whole_bytes(ctx, 0));
    RQ_TRY(rq_infer_integer(ctx, 1));
    RQ_TRY(check(ctx, &batch, &depth));
    const rq_shape *data = &ctx->in[0].shape, *indices = &ctx->in[1].shape;
    int rank = indices->rank - 1 + data->rank - batch - depth;
    if (rank > RQ_MAX_RANK)
        return rq_node_fail(ctx->node, RQ_EUNSUPPORTED, "output rank %d, at most %d is supported",
                            rank, RQ_MAX_RANK);
    rq_shape shape = {0};
    if (ctx->version < 8 && batch > 1)
        shape.d[shape.rank++] = (int64_t)rq_shape_span(data, 0, batch);
    else
        for (int i = 0; i < batch; i++) shape.d[shape.rank++] = data->d[i];
    for (int i = batch; i < indices->rank - 1; i++) shape.d[shape.rank++] = indices->d[i];
    for (int i = batch + depth; i < data->rank; i++) shape.d[shape.rank++] = data->d[i];
    ctx->out[0].dtype = ctx->in[0].dtype;
    ctx->out[0].shape = shape;
    return RQ_OK;
}

static rq_status run(rq_call *call)
{
    const gather_nd_attrs *a = call->attrs;
    const rq_tensor *data = &call->in[0], *indices = &call->in[1];
    const rq_shape *shape = &data->shape;
    int batch = (int)a->batch_dims, depth = (int)indices->shape.d[indices->shape.rank - 1];
    size_t bytes = rq_shape_span(shape, batch + depth, shape->rank) * rq_element_bytes(data->dtype);
    size_t per_batch = rq_shape_span(&indices->shape, batch, indices->shape.rank - 1);
    size_t n = rq_shape_span(&indices->shape, 0, indices->shape.rank - 1);
    char *dst = call->out[0].data;
    if (bytes == 0) return RQ_OK;
    for (size_t i = 0; i < n; i++, dst += bytes) {
        size_t at = i / per_batch;
        for (int k = 0; k < depth; k++) {
            int64_t index =
                rq_load_i64(indices->data, indices->dtype, i * (size_t)depth + (size_t)k);
            RQ_TRY(rq_node_index(call->node, &index, index, shape->d[batch + k]));
            at = at * (size_t)shape->d[batch + k] + (size_t)index;
        }
        memcpy(dst, (const char *)data->data + at * bytes, bytes);
    }
    return RQ_OK;
}

const rq_op rq_op_GatherND = {
    .type = "GatherND",
    .opsets = RQ_OPSET(5) | RQ_OPSET(8),
    .role = RQ_ROLE_PASS,
    .flags = RQ_OP_ANY_DTYPE,
    .attrs_size = sizeof(gather_nd_attrs),
    .attrs = attrs_table,
    .infer = infer,
    .run = run,
};
