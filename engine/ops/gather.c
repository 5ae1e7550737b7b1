/* Operation Specifications: Gather-1, Gather-7, Gather-8. Indices outside of the axis give zeros,
 * as OpenVINO's CPU plugin does; only Gather-8 counts negative ones from the end. */
#include "engine/ops/common/strided_copy.h"

#include <inttypes.h>
#include <string.h>

typedef struct gather_attrs {
    int64_t batch_dims;
} gather_attrs;

static const rq_attr_spec attrs_table[] = {
    {"batch_dims", RQ_ATTR_INT, offsetof(gather_attrs, batch_dims), "0", NULL},
    RQ_ATTRS_END,
};

static rq_status read_axes(const rq_node *node, const gather_attrs *a, const rq_tensor *in,
                           int *axis, int *batch)
{
    const rq_shape *data = &in[0].shape, *indices = &in[1].shape;
    int64_t value, b = a->batch_dims;
    RQ_TRY(rq_tensor_int(node, &in[2], &value));
    RQ_TRY(rq_node_axis(node, axis, value, data->rank));
    if (b < 0) b += indices->rank;
    if (b < 0 || b > *axis || b > indices->rank)
        return rq_node_fail(node, RQ_EFORMAT,
                            "batch_dims %" PRId64 " with axis %d and indices of rank %d",
                            a->batch_dims, *axis, indices->rank);
    *batch = (int)b;
    for (int i = 0; i < *batch; i++)
        if (data->d[i] != indices->d[i])
            return rq_node_fail(node, RQ_EFORMAT,
                                "batch dimension %d is %" PRId64 " in data and %" PRId64
                                " in indices",
                                i, data->d[i], indices->d[i]);
    return RQ_OK;
}

static rq_status infer(rq_infer *ctx)
{
    RQ_TRY(rq_infer_arity(ctx, 3, 3));
    RQ_TRY(rq_infer_rank(ctx, 0, 1, RQ_MAX_RANK));
    RQ_TRY(rq_infer_whole_bytes(ctx, 0));
    RQ_TRY(rq_infer_integer(ctx, 1));
    const rq_shape *data = &ctx->in[0].shape, *indices = &ctx->in[1].shape;
    ctx->out[0].dtype = ctx->in[0].dtype;
    if (!rq_infer_known(ctx, 2)) return rq_infer_defer(ctx);
    int axis, batch;
    RQ_TRY(read_axes(ctx->node, ctx->attrs, ctx->in, &axis, &batch));
    if (data->rank - 1 + indices->rank - batch > RQ_MAX_RANK)
        return rq_node_fail(ctx->node, RQ_EUNSUPPORTED, "output rank %d, at most %d is supported",
                            data->rank - 1 + indices->rank - batch, RQ_MAX_RANK);
    rq_shape shape = {0};
    for (int i = 0; i < axis; i++) shape.d[shape.rank++] = data->d[i];
    for (int i = batch; i < indices->rank; i++) shape.d[shape.rank++] = indices->d[i];
    for (int i = axis + 1; i < data->rank; i++) shape.d[shape.rank++] = data->d[i];
    ctx->out[0].shape = shape;
    return RQ_OK;
}

/* One slice of `bytes` for each of n indices, out of `dim` slices. */
static void gather_slices(char *dst, const char *src, int64_t dim, size_t bytes,
                          const rq_tensor *indices, size_t first, size_t n, bool wrap)
{
    for (size_t i = 0; i < n; i++, dst += bytes) {
        int64_t index = rq_load_i64(indices->data, indices->dtype, first + i);
        if (wrap && index < 0) index += dim;
        if (index >= 0 && index < dim)
            memcpy(dst, src + (size_t)index * bytes, bytes);
        else
            memset(dst, 0, bytes);
    }
}

static rq_status run(rq_call *call)
{
    const rq_shape *data = &call->in[0].shape, *indices = &call->in[1].shape;
    int axis, batch;
    RQ_TRY(read_axes(call->node, call->attrs, call->in, &axis, &batch));
    size_t bytes = rq_shape_span(data, axis + 1, data->rank) * rq_element_bytes(call->in[0].dtype);
    size_t per_batch = rq_shape_span(data, batch, axis);
    size_t n = rq_shape_span(indices, batch, indices->rank);
    size_t outer = rq_shape_span(data, 0, axis);
    char *dst = call->out[0].data;
    const char *src = call->in[0].data;
    size_t stride = (size_t)data->d[axis] * bytes;
    if (n * bytes == 0) return RQ_OK;
    for (size_t o = 0; o < outer; o++) {
        gather_slices(dst, stride ? src + o * stride : src, data->d[axis], bytes, &call->in[1],
                      o / per_batch * n, n, call->version >= 8);
        dst += n * bytes;
    }
    return RQ_OK;
}

const rq_op rq_op_Gather = {
    .type = "Gather",
    .opsets = RQ_OPSET(1) | RQ_OPSET(7) | RQ_OPSET(8),
    .role = RQ_ROLE_PASS,
    .flags = RQ_OP_ANY_DTYPE | RQ_OP_MOVES,
    .attrs_size = sizeof(gather_attrs),
    .attrs = attrs_table,
    .infer = infer,
    .run = run,
};
