/* Operation Specifications: Select-1: input 1 where input 0 is true, else input 2. */
#include "engine/ops/common/elementwise.h"
#include "engine/ops/common/tiles.h"

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

#define SELECT_ROW(name, type)                                                                     \
    static void name(void *out, const uint8_t *condition, const void *a, const void *b, size_t n)  \
    {                                                                                              \
        for (size_t i = 0; i < n; i++)                                                             \
            ((type *)out)[i] = condition[i] ? ((const type *)a)[i] : ((const type *)b)[i];         \
    }
SELECT_ROW(select_1, uint8_t)
SELECT_ROW(select_2, uint16_t)
SELECT_ROW(select_4, uint32_t)
SELECT_ROW(select_8, uint64_t)

typedef void select_row(void *out, const uint8_t *condition, const void *a, const void *b,
                        size_t n);
static select_row *const rows[] = {[1] = select_1, [2] = select_2, [4] = select_4, [8] = select_8};

static rq_status run(rq_call *call)
{
    rq_shape shapes[3], out;
    RQ_TRY(shapes_of(call->node, call->attrs, call->in, shapes, &out));
    rq_tensor operands[3];
    for (int k = 0; k < 3; k++)
        operands[k] = (rq_tensor){call->in[k].dtype, shapes[k], call->in[k].data};
    size_t element = rq_element_bytes(call->out[0].dtype);
    rq_tiles tiles;
    rq_tiles_begin(&tiles, &out, operands, 3);
    while (rq_tiles_next(&tiles))
        rows[element]((char *)call->out[0].data + tiles.first * element, tiles.operands[0].now,
                      tiles.operands[1].now, tiles.operands[2].now, tiles.n);
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
