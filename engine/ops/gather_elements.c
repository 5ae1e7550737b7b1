/* Operation Specifications: GatherElements-6. */
#include "engine/ops/common/strided_copy.h"

#include <inttypes.h>
#include <string.h>

typedef struct gather_elements_attrs {
    int64_t axis;
} gather_elements_attrs;

static const rq_attr_spec attrs_table[] = {
    {"axis", RQ_ATTR_INT, offsetof(gather_elements_attrs, axis), "0", NULL},
    RQ_ATTRS_END,
};

static rq_status infer(rq_infer *ctx)
{
    const gather_elements_attrs *a = ctx->attrs;
    const rq_shape *data = &ctx->in[0].shape, *indices = &ctx->in[1].shape;
    int axis;
    RQ_TRY(rq_infer_arity(ctx, 2, 2));
    RQ_TRY(rq_infer_rank(ctx, 0, 1, RQ_MAX_RANK));
    RQ_TRY(rq_infer_rank(ctx, 1, data->rank, data->rank));
    RQ_TRY(rq_infer_whole_bytes(ctx, 0));
    RQ_TRY(rq_infer_integer(ctx, 1));
    RQ_TRY(rq_node_axis(ctx->node, &axis, a->axis, data->rank));
    for (int i = 0; i < data->rank; i++)
        if (i != axis && data->d[i] != indices->d[i])
            return rq_node_fail(ctx->node, RQ_EFORMAT,
                                "dimension %d is %" PRId64 " in data and %" PRId64 " in indices", i,
                                data->d[i], indices->d[i]);
    ctx->out[0].dtype = ctx->in[0].dtype;
    ctx->out[0].shape = *indices;
    return RQ_OK;
}

static rq_status run(rq_call *call)
{
    const gather_elements_attrs *a = call->attrs;
    const rq_tensor *data = &call->in[0], *indices = &call->in[1];
    int axis, rank = data->shape.rank;
    RQ_TRY(rq_node_axis(call->node, &axis, a->axis, rank));
    size_t element = rq_element_bytes(data->dtype);
    size_t inner = rq_shape_span(&data->shape, axis + 1, rank);
    size_t rows = (size_t)indices->shape.d[axis], n = rq_tensor_count(indices);
    int64_t dim = data->shape.d[axis];
    char *dst = call->out[0].data;
    for (size_t i = 0; i < n; i++, dst += element) {
        int64_t index;
        RQ_TRY(
            rq_node_index(call->node, &index, rq_load_i64(indices->data, indices->dtype, i), dim));
        size_t outer = i / (rows * inner);
        size_t from = (outer * (size_t)dim + (size_t)index) * inner + i % inner;
        memcpy(dst, (const char *)data->data + from * element, element);
    }
    return RQ_OK;
}

const rq_op rq_op_GatherElements = {
    .type = "GatherElements",
    .opsets = RQ_OPSET(6),
    .role = RQ_ROLE_PASS,
    .flags = RQ_OP_ANY_DTYPE,
    .attrs_size = sizeof(gather_elements_attrs),
    .attrs = attrs_table,
    .infer = infer,
    .run = run,
};
