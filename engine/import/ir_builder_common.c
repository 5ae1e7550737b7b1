/* Small things that every framework emits. */
#include "engine/import/ir_builder.h"

#include <math.h>

#include <string.h>

/* A constant of `bytes` copied into the graph. */
static rq_id emit_copy(rq_ir_builder *b, rq_dtype dtype, const rq_shape *shape, const void *data)
{
    rq_tensor tensor = {dtype, *shape, NULL};
    if (b->status != RQ_OK) return RQ_NONE;
    size_t bytes = rq_tensor_bytes(&tensor);
    tensor.data = rq_arena_alloc(b->arena, bytes, 1);
    if (!rq_ir_builder_ok(b, tensor.data ? RQ_OK : RQ_ENOMEM)) return RQ_NONE;
    if (bytes) memcpy(tensor.data, data, bytes);
    return rq_emit_const(b, &tensor);
}

rq_id rq_emit_ints(rq_ir_builder *b, const int64_t *values, size_t n)
{
    return emit_copy(b, RQ_DT_I64, &(rq_shape){1, {(int64_t)n}}, values);
}

rq_id rq_emit_int(rq_ir_builder *b, int64_t value)
{
    return emit_copy(b, RQ_DT_I64, &RQ_SHAPE_SCALAR, &value);
}

rq_id rq_emit_floats(rq_ir_builder *b, const float *values, const rq_shape *shape)
{
    return emit_copy(b, RQ_DT_F32, shape, values);
}

rq_id rq_emit_reals(rq_ir_builder *b, const double *values, const rq_shape *shape)
{
    size_t n = rq_shape_count(shape);
    float *row = rq_arena_alloc(b->arena, n, sizeof *row);
    if (!rq_ir_builder_ok(b, row ? RQ_OK : RQ_ENOMEM)) return RQ_NONE;
    for (size_t i = 0; i < n; i++) row[i] = (float)values[i];
    return rq_emit_const(b, &(rq_tensor){RQ_DT_F32, *shape, row});
}

rq_id rq_emit_scalar(rq_ir_builder *b, rq_dtype dtype, double value)
{
    int64_t bytes[1] = {0};
    if (rq_dtype_bits(dtype) < 8) {
        rq_ir_builder_fail(b, RQ_EUNSUPPORTED, "a number of type %s", rq_dtype_name(dtype));
        return RQ_NONE;
    }
    rq_store_f64(bytes, dtype, 0, value);
    return emit_copy(b, dtype, &RQ_SHAPE_SCALAR, bytes);
}

rq_id rq_emit_like(rq_ir_builder *b, rq_id x, double value)
{
    return rq_emit_scalar(b, rq_ir_builder_dtype(b, x), value);
}

/* Booleans are a comparison: OpenVINO makes none by a Convert of one of several outputs, nor behind
 * layers between that it drops, and its Convert takes what is no number for false. */
rq_id rq_emit_convert(rq_ir_builder *b, rq_id x, rq_dtype dtype)
{
    if (rq_ir_builder_dtype(b, x) == dtype) return x;
    if (dtype == RQ_DT_BOOL) return rq_emit_binary(b, "NotEqual-1", x, rq_emit_like(b, x, 0));
    return rq_emit(b, "Convert-1", RQ_IN(x), "destination_type=%s", rq_dtype_name(dtype));
}

rq_id rq_emit_reshape(rq_ir_builder *b, rq_id x, const int64_t *dims, size_t n)
{
    if (b->status != RQ_OK) return x; /* as in rq_emit_transpose */
    rq_shape shape = rq_ir_builder_shape(b, x);
    bool same = shape.rank == (int)n;
    for (size_t i = 0; same && i < n; i++) same = shape.d[i] == dims[i];
    if (same) return x;
    return rq_emit(b, "Reshape-1", RQ_IN(x, rq_emit_ints(b, dims, n)), "special_zero=true");
}

rq_id rq_emit_transpose(rq_ir_builder *b, rq_id x, const int64_t *order, size_t n)
{
    bool same = true;
    if (b->status != RQ_OK) return x; /* nothing is known of it then, nor how long its order is */
    for (size_t i = 0; i < n; i++) same &= order[i] == (int64_t)i;
    return same ? x : rq_emit(b, "Transpose-1", RQ_IN(x, rq_emit_ints(b, order, n)), "%s", "");
}

rq_id rq_emit_unsqueeze(rq_ir_builder *b, rq_id x, const int64_t *axes, size_t n)
{
    if (n == 0) return x;
    return rq_emit(b, "Unsqueeze-1", RQ_IN(x, rq_emit_ints(b, axes, n)), "%s", "");
}

rq_id rq_emit_squeeze(rq_ir_builder *b, rq_id x, const int64_t *axes, size_t n)
{
    rq_id list = n ? rq_emit_ints(b, axes, n) : RQ_NONE;
    return rq_emit(b, "Squeeze-1", RQ_IN(x, list), "%s", "");
}

rq_id rq_emit_shape_of(rq_ir_builder *b, rq_id x)
{
    return rq_emit(b, "ShapeOf-3", RQ_IN(x), "output_type=i64");
}

rq_id rq_emit_unary(rq_ir_builder *b, const char *type, rq_id x)
{
    return rq_emit(b, type, RQ_IN(x), "%s", "");
}

rq_id rq_emit_binary(rq_ir_builder *b, const char *type, rq_id x, rq_id y)
{
    return rq_emit(b, type, RQ_IN(x, y), "auto_broadcast=numpy");
}

rq_id rq_emit_mat_mul(rq_ir_builder *b, rq_id x, rq_id y, bool transpose_a, bool transpose_b)
{
    return rq_emit(b, "MatMul-1", RQ_IN(x, y), "transpose_a=%s;transpose_b=%s",
                   rq_bool_text(transpose_a), rq_bool_text(transpose_b));
}

rq_id rq_emit_gather(rq_ir_builder *b, rq_id x, rq_id index, int64_t axis)
{
    return rq_emit(b, "Gather-8", RQ_IN(x, index, rq_emit_int(b, axis)), "batch_dims=0");
}

rq_id rq_emit_slice(rq_ir_builder *b, rq_id x, int64_t axis, int64_t begin, int64_t end,
                    int64_t step)
{
    return rq_emit(b, "Slice-8",
                   RQ_IN(x, RQ_EMIT_INTS(b, begin), RQ_EMIT_INTS(b, end), RQ_EMIT_INTS(b, step),
                         RQ_EMIT_INTS(b, axis)),
                   "%s", "");
}

rq_id rq_emit_count_up(rq_ir_builder *b, rq_id n)
{
    return rq_emit(b, "Range-4", RQ_IN(rq_emit_int(b, 0), n, rq_emit_int(b, 1)), "output_type=i64");
}

rq_id rq_emit_just_above(rq_ir_builder *b, rq_id threshold)
{
    if (!rq_ir_builder_const(b, threshold) || rq_ir_builder_dtype(b, threshold) != RQ_DT_F32)
        return threshold;
    float value = (float)rq_ir_builder_number(b, threshold, 0.0);
    return rq_emit_scalar(b, RQ_DT_F32, (double)nextafterf(value, INFINITY));
}
