/* Operation Specifications: Select-1: input 1 where input 0 is true, else input 2. */
#include "engine/ops/common/elementwise.h"

#include <string.h>

/* All three under one output shape; pdpd applies to the condition and input 2 against input 1. */
static rq_status shapes_of(const rq_node *node, const rq_broadcast_attrs *attrs,
                           const rq_tensor *in, rq_shape shapes[3], rq_shape *out)
{
    shapes[1] = in[1].shape;
    shapes[0] = rq_broadcast_operand(attrs, &in[1].shape, &in[0].shape);
    shapes[2] = rq_broadcast_operand(attrs, &in[1].shape, &in[2].shape);
    RQ_TRY(rq_shape_broadcast(node, out, &shapes[1], &shapes[2]));
    return rq_shape_broadcast(node, out, out, &shapes[0]);
}

static rq_status infer(rq_infer *ctx)
{
    const rq_broadcast_attrs *attrs = ctx->attrs;
    rq_shape shapes[3];
    RQ_TRY(rq_infer_arity(ctx, 3, 3));
    if (ctx->in[0].dtype != RQ_DT_BOOL || ctx->in[1].dtype != ctx->in[2].dtype)
        return rq_node_fail(ctx->node, RQ_EFORMAT,
                            "inputs are %s, %s, %s; expected boolean and twice "
                            "the same type",
                            rq_dtype_name(ctx->in[0].dtype), rq_dtype_name(ctx->in[1].dtype),
                            rq_dtype_name(ctx->in[2].dtype));
    if (rq_dtype_bits(ctx->in[1].dtype) < 8)
        return rq_node_fail(ctx->node, RQ_EUNSUPPORTED, "type %s is not supported",
                            rq_dtype_name(ctx->in[1].dtype));
    RQ_TRY(shapes_of(ctx->node, attrs, ctx->in, shapes, &ctx->out[0].shape));
    ctx->out[0].dtype = ctx->in[1].dtype;
    return RQ_OK;
}

static rq_status run(rq_call *call)
{
    rq_shape shapes[3], out;
    RQ_TRY(shapes_of(call->node, call->attrs, call->in, shapes, &out));
    const rq_shape *operands[] = {&shapes[0], &shapes[1], &shapes[2]};
    rq_rows rows;
    rq_rows_begin(&rows, &out, operands, 3);
    size_t element = rq_dtype_bits(call->out[0].dtype) / 8;
    const uint8_t *condition = call->in[0].data;
    char *to = call->out[0].data;
    for (size_t r = 0; r < rows.count; r++, rq_rows_next(&rows))
        for (size_t i = 0; i < rows.length; i++, to += element) {
            int from = condition[rows.at[0] + (int64_t)i * rows.step[0]] ? 1 : 2;
            size_t at = (size_t)(rows.at[from] + (int64_t)i * rows.step[from]);
            memcpy(to, (const char *)call->in[from].data + at * element, element);
        }
    return RQ_OK;
}

const rq_op rq_op_Select = {
    .type = "Select",
    .opsets = RQ_OPSET(1),
    .role = RQ_ROLE_FLOAT,
    .flags = RQ_OP_ANY_DTYPE,
    .attrs_size = sizeof(rq_broadcast_attrs),
    .attrs = rq_broadcast_specs,
    .infer = infer,
    .run = run,
};
