/* Operation Specifications: Concat-1. */
#include "engine/ops/common/strided_copy.h"

#include <string.h>

typedef struct concat_attrs {
    int64_t axis;
} concat_attrs;

static const rq_attr_spec attrs_table[] = {
    {"axis", RQ_ATTR_INT, offsetof(concat_attrs, axis), NULL, NULL},
    RQ_ATTRS_END,
};

static rq_status add_input(const rq_infer *ctx, rq_shape *shape, uint32_t i, int axis)
{
    const rq_tensor *in = &ctx->in[i];
    rq_shape other = in->shape;
    if (axis < other.rank) other.d[axis] = shape->d[axis];
    if (in->dtype != ctx->in[0].dtype || !rq_shape_equal(&other, shape)) {
        char got[RQ_SHAPE_TEXT], want[RQ_SHAPE_TEXT];
        return rq_node_fail(ctx->node, RQ_EFORMAT,
                            "input %u is %s %s, expected %s %s but for axis %d", i,
                            rq_dtype_name(in->dtype), rq_shape_text(&in->shape, got),
                            rq_dtype_name(ctx->in[0].dtype), rq_shape_text(shape, want), axis);
    }
    if (rq_add_i64(&shape->d[axis], shape->d[axis], in->shape.d[axis])) return RQ_OK;
    return rq_node_fail(ctx->node, RQ_EFORMAT, "the sum of dimensions %d overflows", axis);
}

static rq_status infer(rq_infer *ctx)
{
    const concat_attrs *a = ctx->attrs;
    RQ_TRY(rq_infer_arity(ctx, 1, UINT32_MAX));
    RQ_TRY(rq_infer_rank(ctx, 0, 1, RQ_MAX_RANK));
    RQ_TRY(rq_infer_whole_bytes(ctx, 0));
    int axis;
    rq_shape shape = ctx->in[0].shape;
    RQ_TRY(rq_node_axis(ctx->node, &axis, a->axis, shape.rank));
    for (uint32_t i = 1; i < ctx->n_in; i++) {
        if (!rq_input_given(ctx->in, ctx->n_in, i))
            return rq_node_fail(ctx->node, RQ_EFORMAT, "input %u is not connected", i);
        RQ_TRY(add_input(ctx, &shape, i, axis));
    }
    ctx->out[0].dtype = ctx->in[0].dtype;
    ctx->out[0].shape = shape;
    return RQ_OK;
}

static rq_status run(rq_call *call)
{
    const concat_attrs *a = call->attrs;
    rq_tensor *out = &call->out[0];
    int axis;
    RQ_TRY(rq_node_axis(call->node, &axis, a->axis, out->shape.rank));
    size_t element = rq_element_bytes(out->dtype);
    size_t outer = rq_shape_span(&out->shape, 0, axis);
    size_t row = rq_shape_span(&out->shape, axis, out->shape.rank) * element;
    char *dst = out->data;
    for (uint32_t i = 0; i < call->n_in; i++) {
        const rq_shape *in = &call->in[i].shape;
        size_t part = rq_shape_span(in, axis, in->rank) * element;
        const char *src = call->in[i].data;
        for (size_t o = 0; part && o < outer; o++) memcpy(dst + o * row, src + o * part, part);
        dst += part;
    }
    return RQ_OK;
}

const rq_op rq_op_Concat = {
    .type = "Concat",
    .opsets = RQ_OPSET(1),
    .role = RQ_ROLE_CONCAT,
    .flags = RQ_OP_ANY_DTYPE,
    .attrs_size = sizeof(concat_attrs),
    .attrs = attrs_table,
    .infer = infer,
    .run = run,
};
