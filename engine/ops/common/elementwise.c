#include "engine/ops/common/elementwise.h"

#include "engine/ops/common/tiles.h"

static const char *const modes[] = {"numpy", "none", "pdpd", NULL};

const rq_attr_spec rq_broadcast_specs[] = {
    {"auto_broadcast", RQ_ATTR_ENUM, offsetof(rq_broadcast_attrs, mode), "numpy", modes},
    {"axis", RQ_ATTR_INT, offsetof(rq_broadcast_attrs, axis), "-1", NULL},
    RQ_ATTRS_END,
};

/* -- broadcasting --------------------------------------------------------------------------- */

rq_shape rq_broadcast_operand(const rq_broadcast_attrs *attrs, const rq_shape *a, const rq_shape *b)
{
    if (attrs->mode != RQ_BROADCAST_PDPD || b->rank >= a->rank) return *b;
    int start = attrs->axis < 0 ? a->rank - b->rank : (int)attrs->axis;
    rq_shape out = {b->rank, {0}};
    while (out.rank > 0 && b->d[out.rank - 1] == 1) out.rank--; /* trailing ones do not count */
    for (int d = 0; d < out.rank; d++) out.d[d] = b->d[d];
    while (out.rank + start < a->rank) out.d[out.rank++] = 1;
    return out;
}

/* -- two inputs ----------------------------------------------------------------------------- */

static rq_status infer_pair(rq_infer *ctx)
{
    const rq_broadcast_attrs *attrs = ctx->attrs;
    RQ_TRY(rq_infer_arity(ctx, 2, 2));
    const rq_shape *a = &ctx->in[0].shape, *b = &ctx->in[1].shape;
    if (ctx->in[0].dtype != ctx->in[1].dtype)
        return rq_node_fail(ctx->node, RQ_EFORMAT, "inputs are %s and %s, expected one type",
                            rq_dtype_name(ctx->in[0].dtype), rq_dtype_name(ctx->in[1].dtype));
    if (attrs->mode == RQ_BROADCAST_NONE && !rq_shape_equal(a, b)) {
        char left[RQ_SHAPE_TEXT], right[RQ_SHAPE_TEXT];
        return rq_node_fail(ctx->node, RQ_EFORMAT, "shapes %s and %s differ, expected equal ones",
                            rq_shape_text(a, left), rq_shape_text(b, right));
    }
    if (attrs->axis < -1 || attrs->axis > a->rank)
        return rq_node_fail(ctx->node, RQ_EFORMAT, "axis %lld is not in [-1, %d]",
                            (long long)attrs->axis, a->rank);
    rq_shape operand = rq_broadcast_operand(attrs, a, b);
    return rq_shape_broadcast(ctx->node, &ctx->out[0].shape, a, &operand);
}

rq_status rq_binary_infer(rq_infer *ctx)
{
    RQ_TRY(infer_pair(ctx));
    ctx->out[0].dtype = ctx->in[0].dtype;
    return RQ_OK;
}

rq_status rq_relation_infer(rq_infer *ctx)
{
    RQ_TRY(infer_pair(ctx));
    ctx->out[0].dtype = RQ_DT_BOOL;
    return RQ_OK;
}

static rq_status refuse_floats(const rq_infer *ctx)
{
    return rq_dtype_is_float(ctx->in[0].dtype)
               ? rq_node_fail(ctx->node, RQ_EFORMAT, "inputs are %s, expected an integer type",
                              rq_dtype_name(ctx->in[0].dtype))
               : RQ_OK;
}

rq_status rq_integers_infer(rq_infer *ctx)
{
    RQ_TRY(rq_binary_infer(ctx));
    return refuse_floats(ctx);
}

/* Whether there is a kernel for the type of input 0: of f32, or of anything else. */
static rq_status check_kernel(const rq_call *call, bool has_row, bool has_integers)
{
    rq_dtype dt = call->in[0].dtype;
    if (dt == RQ_DT_F32 ? has_row : has_integers) return RQ_OK;
    return rq_node_fail(call->node, RQ_EUNSUPPORTED, "type %s is not supported", rq_dtype_name(dt));
}

/* Both inputs, with the shapes that are broadcast. */
static void operands_of(rq_tensor operands[2], const rq_call *call)
{
    operands[0] = call->in[0];
    operands[1] = call->in[1];
    operands[1].shape = rq_broadcast_operand(call->attrs, &call->in[0].shape, &call->in[1].shape);
}

typedef int64_t tile_of_integers[RQ_TILE];

static rq_status store_integers(const rq_tensor *out, size_t first, const int64_t *from, size_t n)
{
    size_t bits = rq_dtype_bits(out->dtype);
    if (bits >= 8)
        return rq_convert((char *)out->data + first * (bits / 8), out->dtype, from, RQ_DT_I64, n);
    for (size_t i = 0; i < n; i++) rq_store_i64(out->data, out->dtype, first + i, from[i]);
    return RQ_OK;
}

static rq_status run_integers(const rq_call *call, const rq_tiles *tiles,
                              rq_binary_integers *integers)
{
    tile_of_integers a, b, out;
    const void *x, *y;
    RQ_TRY(rq_tile_as(&x, tiles, 0, RQ_DT_I64, a));
    RQ_TRY(rq_tile_as(&y, tiles, 1, RQ_DT_I64, b));
    integers(out, x, y, tiles->n);
    return store_integers(&call->out[0], tiles->first, out, tiles->n);
}

rq_status rq_binary_run(rq_call *call, rq_binary_row *row, rq_binary_integers *integers)
{
    rq_tiles tiles;
    rq_tensor operands[2];
    RQ_TRY(check_kernel(call, row != NULL, integers != NULL));
    operands_of(operands, call);
    rq_tiles_begin(&tiles, &call->out[0].shape, operands, 2);
    while (rq_tiles_next(&tiles)) {
        if (call->in[0].dtype == RQ_DT_F32)
            row((float *)call->out[0].data + tiles.first, tiles.operands[0].now,
                tiles.operands[1].now, tiles.n);
        else
            RQ_TRY(run_integers(call, &tiles, integers));
    }
    return RQ_OK;
}

/* The type in which elements of a type are compared. */
static rq_dtype compared_as(rq_dtype dtype)
{
    if (rq_dtype_is_float(dtype)) return RQ_DT_F32;
    if (dtype == RQ_DT_I32 || dtype == RQ_DT_U8) return dtype;
    return dtype == RQ_DT_BOOL ? RQ_DT_U8 : RQ_DT_I64;
}

static rq_relation_row *row_of(const rq_relation *relation, rq_dtype dtype)
{
    switch (dtype) {
    case RQ_DT_F32:
        return relation->f32;
    case RQ_DT_I32:
        return relation->i32;
    case RQ_DT_U8:
        return relation->u8;
    default:
        return relation->i64;
    }
}

rq_status rq_relation_run(rq_call *call, const rq_relation *relation)
{
    rq_tiles tiles;
    rq_tensor operands[2];
    tile_of_integers a, b;
    const void *x, *y;
    rq_dtype dtype = compared_as(call->in[0].dtype);
    operands_of(operands, call);
    rq_tiles_begin(&tiles, &call->out[0].shape, operands, 2);
    while (rq_tiles_next(&tiles)) {
        RQ_TRY(rq_tile_as(&x, &tiles, 0, dtype, a));
        RQ_TRY(rq_tile_as(&y, &tiles, 1, dtype, b));
        row_of(relation, dtype)((uint8_t *)call->out[0].data + tiles.first, x, y, tiles.n);
    }
    return RQ_OK;
}

/* -- one input ------------------------------------------------------------------------------ */

rq_status rq_unary_infer(rq_infer *ctx)
{
    RQ_TRY(rq_infer_arity(ctx, 1, 1));
    return rq_infer_same(ctx);
}

rq_status rq_unary_integers_infer(rq_infer *ctx)
{
    RQ_TRY(rq_unary_infer(ctx));
    return refuse_floats(ctx);
}

rq_status rq_predicate_infer(rq_infer *ctx)
{
    RQ_TRY(rq_unary_infer(ctx));
    ctx->out[0].dtype = RQ_DT_BOOL;
    return RQ_OK;
}

rq_status rq_unary_floats_infer(rq_infer *ctx)
{
    RQ_TRY(rq_unary_infer(ctx));
    return rq_infer_floats(ctx, 1);
}

rq_status rq_two_scalars_infer(rq_infer *ctx)
{
    RQ_TRY(rq_infer_arity(ctx, 3, 3));
    RQ_TRY(rq_infer_floats(ctx, 3));
    for (uint32_t i = 1; i < 3; i++)
        if (rq_tensor_count(&ctx->in[i]) != 1)
            return rq_node_fail(ctx->node, RQ_EFORMAT, "input %u has %zu elements, expected 1", i,
                                rq_tensor_count(&ctx->in[i]));
    return rq_infer_same(ctx);
}

rq_status rq_unary_run(rq_call *call, rq_unary_row *row, rq_unary_integers *integers)
{
    const rq_tensor *in = &call->in[0];
    RQ_TRY(check_kernel(call, row != NULL, integers != NULL));
    if (in->dtype == RQ_DT_F32) {
        row(call->out[0].data, in->data, rq_tensor_count(in));
        return RQ_OK;
    }
    rq_tiles tiles;
    tile_of_integers from, to;
    const void *x;
    rq_tiles_begin(&tiles, &in->shape, in, 1);
    while (rq_tiles_next(&tiles)) {
        RQ_TRY(rq_tile_as(&x, &tiles, 0, RQ_DT_I64, from));
        integers(to, x, tiles.n);
        RQ_TRY(store_integers(&call->out[0], tiles.first, to, tiles.n));
    }
    return RQ_OK;
}
