#include "engine/import/bitcast.h"

#include <math.h>
#include <string.h>

/* The shape of the same bits; false where they do not go together. */
static bool change_shape(rq_shape *shape, unsigned from, unsigned to)
{
    if (from > to) {
        if (shape->rank == RQ_MAX_RANK) return false;
        shape->d[shape->rank++] = from / to;
    } else if (from < to) {
        if (!shape->rank || shape->d[shape->rank - 1] != (int64_t)(to / from)) return false;
        shape->rank--;
    }
    return true;
}

static bool is_small_integer(rq_dtype dtype)
{
    return dtype == RQ_DT_I8 || dtype == RQ_DT_U8 || dtype == RQ_DT_I16 || dtype == RQ_DT_U16;
}

/* Around by 2^bits, as often as the type needs. */
static rq_id wrap(rq_ir_builder *b, rq_id x, rq_dtype dtype)
{
    bool is_signed = dtype == RQ_DT_I8 || dtype == RQ_DT_I16;
    double turn = ldexp(1.0, (int)rq_dtype_bits(dtype));
    rq_id half = rq_emit_scalar(b, RQ_DT_I32, turn / 2.0);
    rq_id wide = rq_emit_convert(b, x, RQ_DT_I32);
    if (is_signed) wide = rq_emit_binary(b, "Add-1", wide, half);
    wide = rq_emit_binary(b, "FloorMod-1", wide, rq_emit_scalar(b, RQ_DT_I32, turn));
    if (is_signed) wide = rq_emit_binary(b, "Subtract-1", wide, half);
    return rq_emit_convert(b, wide, dtype);
}

/* A copy of the bits, aligned to the new type. */
static rq_id constant_of(rq_ir_builder *b, const rq_tensor *t, const rq_shape *shape,
                         rq_dtype dtype)
{
    rq_tensor same = {dtype, *shape, NULL};
    same.data = rq_arena_alloc(b->arena, rq_tensor_bytes(&same), 1);
    if (!rq_ir_builder_ok(b, same.data ? RQ_OK : RQ_ENOMEM)) return RQ_NONE;
    memcpy(same.data, t->data, rq_tensor_bytes(&same));
    return rq_emit_const(b, &same);
}

rq_id rq_emit_bitcast(rq_ir_builder *b, rq_id x, rq_dtype dtype)
{
    rq_dtype from = rq_ir_builder_dtype(b, x);
    unsigned bits = (unsigned)rq_dtype_bits(from), wanted = (unsigned)rq_dtype_bits(dtype);
    const rq_tensor *t = rq_ir_builder_const(b, x);
    if (b->status != RQ_OK || from == dtype) return x;
    if (t && bits >= 8 && wanted >= 8) {
        rq_shape shape = t->shape;
        if (change_shape(&shape, bits, wanted)) return constant_of(b, t, &shape, dtype);
    } else if (bits == wanted && is_small_integer(from) && is_small_integer(dtype)) {
        return wrap(b, x, dtype);
    }
    rq_ir_builder_unmapped(b, "bits of %s as %s, of what is not constant", rq_dtype_name(from),
                           rq_dtype_name(dtype));
    return RQ_NONE;
}
