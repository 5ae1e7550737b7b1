/* ONNX's quantized operators. QuantizeLinear followed by DequantizeLinear is one FakeQuantize; a
 * dequantized constant stays Const -> Convert -> Subtract -> Multiply, as the IR keeps weights. */
#include "engine/import/onnx/onnx_quantize.h"
#include "engine/import/weights.h"

#include <math.h>
#include <string.h>

rq_id rq_onnx_along_axis(rq_ir_builder *b, rq_id x, rq_id row, int64_t axis)
{
    int rank = rq_ir_builder_rank(b, x);
    rq_shape shape = rq_ir_builder_shape(b, row);
    int64_t dims[RQ_MAX_RANK];
    if (shape.rank > 1) return row;
    if (shape.rank != 1 || shape.d[0] == 1) return rq_emit_reshape(b, row, NULL, 0);
    if (rq_ir_builder_require_rank(b, x) < 0) return RQ_NONE;
    axis = rq_onnx_axis(axis, rank);
    for (int i = 0; i < rank; i++) dims[i] = i == axis ? -1 : 1;
    return rq_emit_reshape(b, row, dims, (size_t)rank);
}

static rq_dtype target_dtype(rq_ir_builder *b, size_t zero_input)
{
    if (rq_ir_builder_has(b, zero_input))
        return rq_ir_builder_dtype(b, rq_ir_builder_in(b, zero_input));
    switch (rq_framework_int(b->node, "output_dtype", 2)) {
    case 3:
        return RQ_DT_I8;
    case 4:
        return RQ_DT_U16;
    case 5:
        return RQ_DT_I16;
    default:
        return RQ_DT_U8;
    }
}

static bool set_range(rq_onnx_quantizer *q, rq_ir_builder *b)
{
    unsigned bits = rq_dtype_bits(q->dtype);
    bool is_signed = rq_dtype_kind_of(q->dtype) == RQ_KIND_SIGNED;
    if (q->dtype == RQ_DT_UNDEFINED) rq_ir_builder_fail(b, RQ_EFORMAT, "its input has no type");
    if (b->status != RQ_OK) return false;
    if (rq_dtype_is_float(q->dtype) || bits < 4 || bits > 16) {
        rq_ir_builder_unmapped(b, "quantization to %s", rq_dtype_name(q->dtype));
        return false;
    }
    q->low = is_signed ? -ldexp(1.0, (int)bits - 1) : 0.0;
    q->high = q->low + ldexp(1.0, (int)bits) - 1.0;
    return true;
}

bool rq_onnx_read_quantizer(rq_onnx_quantizer *q, rq_ir_builder *b, rq_id x, size_t scale,
                            size_t zero)
{
    int64_t axis = rq_framework_int(b->node, "axis", 1);
    rq_shape shape = rq_ir_builder_shape(b, rq_ir_builder_in(b, scale));
    if (shape.rank > 1 || rq_framework_int(b->node, "block_size", 0)) {
        rq_ir_builder_unmapped(b, "scales by blocks");
        return false;
    }
    q->dtype = target_dtype(b, zero);
    q->scale = rq_onnx_along_axis(b, x, rq_ir_builder_in(b, scale), axis);
    q->zero = RQ_NONE;
    if (rq_ir_builder_has(b, zero)) {
        rq_id row = rq_onnx_along_axis(b, x, rq_ir_builder_in(b, zero), axis);
        q->zero = rq_emit_convert(b, row, rq_ir_builder_dtype(b, q->scale));
    }
    return set_range(q, b);
}

/* (level - zero) * scale */
static rq_id real_of(rq_ir_builder *b, const rq_onnx_quantizer *q, double level)
{
    rq_id x = rq_onnx_like(b, q->scale, level);
    if (q->zero != RQ_NONE) x = rq_emit_binary(b, "Subtract-1", x, q->zero);
    return rq_emit_binary(b, "Multiply-1", x, q->scale);
}

static rq_id fake_quantize(rq_ir_builder *b, const rq_onnx_quantizer *q, rq_id x, rq_id low,
                           rq_id high)
{
    return rq_emit(b, "FakeQuantize-1",
                   RQ_IN(x, real_of(b, q, q->low), real_of(b, q, q->high), low, high),
                   "levels=%d;auto_broadcast=numpy", (int)(q->high - q->low) + 1);
}

rq_id rq_onnx_quantize(rq_ir_builder *b, const rq_onnx_quantizer *q, rq_id x)
{
    rq_id low = rq_onnx_like(b, q->scale, q->low), high = rq_onnx_like(b, q->scale, q->high);
    if (rq_ir_builder_const(b, q->scale) &&
        (q->zero == RQ_NONE || rq_ir_builder_const(b, q->zero)) && !rq_ir_builder_const(b, x)) {
        x = fake_quantize(b, q, x, low, high);
    } else {
        x = rq_emit_binary(b, "Divide-1", x, q->scale);
        x = rq_emit(b, "Round-5", RQ_IN(x), "mode=half_to_even");
        if (q->zero != RQ_NONE) x = rq_emit_binary(b, "Add-1", x, q->zero);
        x = rq_emit_binary(b, "Minimum-1", rq_emit_binary(b, "Maximum-1", x, low), high);
    }
    return rq_emit_convert(b, x, q->dtype);
}

static void map_quantize(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_onnx_quantizer q;
    rq_id x = rq_ir_builder_in(b, 0);
    (void)row;
    if (rq_ir_builder_dtype(b, x) == RQ_DT_I32) x = rq_emit_convert(b, x, RQ_DT_F32);
    if (rq_onnx_read_quantizer(&q, b, x, 1, 2)) rq_ir_builder_set(b, 0, rq_onnx_quantize(b, &q, x));
}

/* -- back to real numbers -------------------------------------------------------------------- */

static bool same_constant(const rq_ir_builder *b, rq_id x, rq_id y)
{
    const rq_tensor *s = rq_ir_builder_const(b, x), *t = rq_ir_builder_const(b, y);
    return s && t && s->dtype == t->dtype && rq_shape_equal(&s->shape, &t->shape) &&
           !memcmp(s->data, t->data, rq_tensor_bytes(s));
}

/* The FakeQuantize that made these integers with the same scale and zero point; NULL if none. */
static const rq_node *quantized_by(rq_ir_builder *b, rq_id x, rq_id low, rq_id high)
{
    const rq_node *convert = b->status == RQ_OK ? rq_value_producer(b->graph, x) : NULL;
    if (!convert || strcmp(convert->type, "Convert")) return NULL;
    const rq_node *node = rq_value_producer(b->graph, convert->in[0]);
    if (strcmp(node->type, "FakeQuantize") || !same_constant(b, node->in[1], low) ||
        !same_constant(b, node->in[2], high))
        return NULL;
    return node;
}

bool rq_onnx_is_zero(const rq_ir_builder *b, rq_id x)
{
    const rq_tensor *t = rq_ir_builder_const(b, x);
    for (size_t i = 0; t && i < rq_tensor_count(t); i++)
        if (rq_load_f64(t->data, t->dtype, i) != 0.0) return false;
    return t != NULL;
}

rq_id rq_onnx_dequantize(rq_ir_builder *b, rq_id x, rq_id scale, rq_id zero, int64_t axis)
{
    rq_dtype dtype = rq_ir_builder_dtype(b, x);
    rq_onnx_quantizer q = {.zero = RQ_NONE, .dtype = dtype};
    q.scale = rq_onnx_along_axis(b, x, scale, axis);
    if (zero != RQ_NONE)
        q.zero = rq_emit_convert(b, rq_onnx_along_axis(b, x, zero, axis),
                                 rq_ir_builder_dtype(b, q.scale));
    if (!rq_ir_builder_const(b, x) && rq_dtype_bits(dtype) <= 16 && !rq_dtype_is_float(dtype) &&
        set_range(&q, b)) {
        rq_id low = real_of(b, &q, q.low), high = real_of(b, &q, q.high);
        const rq_node *node = quantized_by(b, x, low, high);
        if (node) return fake_quantize(b, &q, node->in[0], low, high);
    }
    if (rq_onnx_is_zero(b, q.zero)) q.zero = RQ_NONE;
    bool compressed =
        dtype == RQ_DT_I8 || dtype == RQ_DT_U8 || dtype == RQ_DT_I4 || dtype == RQ_DT_U4;
    return rq_emit_dequantized(b, x, q.scale, q.zero, compressed);
}

rq_id rq_onnx_dequantize_blocks(rq_ir_builder *b, rq_id x, rq_id scale, rq_id zero, int64_t block,
                                int64_t axis)
{
    rq_shape shape = rq_ir_builder_shape(b, x);
    axis = rq_onnx_axis(axis, shape.rank);
    int64_t dims[RQ_MAX_RANK + 1], inner = axis + 1;
    if (shape.rank < 1 || shape.rank >= RQ_MAX_RANK || !rq_shape_is_static(&shape) || axis < 0 ||
        axis >= shape.rank || rq_ir_builder_rank(b, scale) != shape.rank || block < 1 ||
        shape.d[axis] % block) {
        rq_ir_builder_unmapped(b, "scales by blocks that do not divide its axis");
        return RQ_NONE;
    }
    for (int i = 0; i <= shape.rank; i++) dims[i] = shape.d[i > axis ? i - 1 : i];
    dims[axis] = shape.d[axis] / block;
    dims[inner] = block;
    x = rq_emit_reshape(b, x, dims, (size_t)shape.rank + 1);
    scale = rq_emit_unsqueeze(b, scale, &inner, 1);
    if (zero != RQ_NONE && rq_ir_builder_rank(b, zero) > 0)
        zero = rq_emit_unsqueeze(b, zero, &inner, 1);
    rq_id y = rq_onnx_dequantize(b, x, scale, zero, 0);
    return rq_emit_reshape(b, y, shape.d, (size_t)shape.rank);
}

static void map_dequantize(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    int64_t block = rq_framework_int(b->node, "block_size", 0);
    (void)row;
    if (block || rq_ir_builder_rank(b, rq_ir_builder_in(b, 1)) > 1)
        rq_ir_builder_set(b, 0,
                          rq_onnx_dequantize_blocks(b, rq_ir_builder_in(b, 0),
                                                    rq_ir_builder_in(b, 1), rq_ir_builder_in(b, 2),
                                                    block, rq_framework_int(b->node, "axis", 1)));
    else
        rq_ir_builder_set(b, 0,
                          rq_onnx_dequantize(b, rq_ir_builder_in(b, 0), rq_ir_builder_in(b, 1),
                                             rq_ir_builder_in(b, 2),
                                             rq_framework_int(b->node, "axis", 1)));
}

/* -- scale and zero point found at run time -------------------------------------------------- */

static rq_id reduce_all(rq_ir_builder *b, const char *type, rq_id x)
{
    int64_t axes[RQ_MAX_RANK];
    int rank = rq_ir_builder_require_rank(b, x);
    for (int i = 0; i < rank; i++) axes[i] = i;
    return rq_emit(b, type, RQ_IN(x, rq_emit_ints(b, axes, rank < 0 ? 0 : (size_t)rank)),
                   "keep_dims=false");
}

void rq_onnx_dynamic_quantizer(rq_onnx_quantizer *q, rq_ir_builder *b, rq_id x)
{
    rq_id zero = rq_onnx_like(b, x, 0.0), top = rq_onnx_like(b, x, 255.0);
    rq_id high = rq_emit_binary(b, "Maximum-1", reduce_all(b, "ReduceMax-1", x), zero);
    rq_id low = rq_emit_binary(b, "Minimum-1", reduce_all(b, "ReduceMin-1", x), zero);
    *q = (rq_onnx_quantizer){.low = 0.0, .high = 255.0, .dtype = RQ_DT_U8};
    q->scale = rq_emit_binary(b, "Divide-1", rq_emit_binary(b, "Subtract-1", high, low), top);
    rq_id offset =
        rq_emit_binary(b, "Divide-1", rq_emit_binary(b, "Subtract-1", zero, low), q->scale);
    offset = rq_emit(b, "Clamp-1", RQ_IN(offset), "min=0;max=255");
    q->zero = rq_emit(b, "Round-5", RQ_IN(offset), "mode=half_to_even");
}

static void map_dynamic_quantize(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0);
    rq_onnx_quantizer q;
    rq_onnx_dynamic_quantizer(&q, b, x);
    (void)row;
    rq_ir_builder_set(b, 0, rq_onnx_quantize(b, &q, x));
    rq_ir_builder_set(b, 1, q.scale);
    rq_ir_builder_set(b, 2, rq_emit_convert(b, q.zero, RQ_DT_U8));
}

static const rq_op_mapping_row rows[] = {
    {"", "DequantizeLinear", map_dequantize, NULL},
    {"com.microsoft", "DequantizeLinear", map_dequantize, NULL},
    {"", "DynamicQuantizeLinear", map_dynamic_quantize, NULL},
    {"", "QuantizeLinear", map_quantize, NULL},
    {"com.microsoft", "QuantizeLinear", map_quantize, NULL},
};
RQ_OP_MAPPING_GROUP(onnx_quantize, rows)
