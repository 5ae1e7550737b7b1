/* ONNX's products of quantized tensors, computed on real numbers. */
#include "engine/import/onnx_quantize.h"

/* Input i less its zero point, as f32: exact while sums stay below 2^24. */
static rq_id centred(rq_build *b, size_t i, size_t zero_input, int64_t axis)
{
    rq_id raw = rq_build_in(b, i), x = rq_emit_convert(b, raw, RQ_DT_F32);
    if (!rq_build_has(b, zero_input)) return x;
    rq_id zero = rq_onnx_along_axis(b, raw, rq_build_in(b, zero_input), axis);
    if (rq_onnx_is_zero(b, zero)) return x;
    return rq_emit_binary(b, "Subtract-1", x, rq_emit_convert(b, zero, RQ_DT_F32));
}

static void map_mat_mul_integer(rq_build *b, const rq_mapping_row *row)
{
    rq_id y = rq_emit(b, "MatMul-1", RQ_IN(centred(b, 0, 2, -2), centred(b, 1, 3, -1)),
                      "transpose_a=false;transpose_b=false");
    (void)row;
    rq_build_set(b, 0, rq_emit_convert(b, y, RQ_DT_I32));
}

/* Input i, its scale and zero point behind it, as real numbers. */
static rq_id real_input(rq_build *b, size_t i, int64_t axis)
{
    rq_id raw = rq_build_in(b, i), scale = rq_onnx_along_axis(b, raw, rq_build_in(b, i + 1), axis);
    return rq_emit_binary(b, "Multiply-1", centred(b, i, i + 2, axis), scale);
}

/* x, scale, zero, y, scale, zero, then the result's scale and zero */
static void map_qlinear_mat_mul(rq_build *b, const rq_mapping_row *row)
{
    rq_onnx_quantizer q;
    rq_id y = rq_emit(b, "MatMul-1", RQ_IN(real_input(b, 0, -2), real_input(b, 3, -1)),
                      "transpose_a=false;transpose_b=false");
    (void)row;
    if (rq_onnx_read_quantizer(&q, b, y, 6, 7)) rq_build_set(b, 0, rq_onnx_quantize(b, &q, y));
}

static void map_conv_integer(rq_build *b, const rq_mapping_row *row)
{
    (void)row;
    rq_id y = rq_onnx_convolve(b, centred(b, 0, 2, 1), centred(b, 1, 3, 0));
    rq_build_set(b, 0, rq_emit_convert(b, y, RQ_DT_I32));
}

/* The bias is in units of both scales' product. */
static rq_id add_integer_bias(rq_build *b, rq_id y, size_t input)
{
    rq_id scale = rq_emit_binary(b, "Multiply-1", rq_build_in(b, 1), rq_build_in(b, 4));
    rq_id bias = rq_emit_binary(b, "Multiply-1",
                                rq_emit_convert(b, rq_build_in(b, input), RQ_DT_F32), scale);
    return rq_emit_binary(b, "Add-1", y, rq_onnx_per_channel(b, bias, rq_build_rank(b, y)));
}

static void map_qlinear_conv(rq_build *b, const rq_mapping_row *row)
{
    rq_onnx_quantizer q;
    (void)row;
    rq_id y = rq_onnx_convolve(b, real_input(b, 0, 1), real_input(b, 3, 0));
    if (rq_build_has(b, 8)) y = add_integer_bias(b, y, 8);
    if (rq_onnx_read_quantizer(&q, b, y, 6, 7)) rq_build_set(b, 0, rq_onnx_quantize(b, &q, y));
}

static const rq_mapping_row rows[] = {
    {"", "ConvInteger", map_conv_integer, NULL},
    {"", "MatMulInteger", map_mat_mul_integer, NULL},
    {"", "QLinearConv", map_qlinear_conv, NULL},
    {"", "QLinearMatMul", map_qlinear_mat_mul, NULL},
};
RQ_DIALECT_GROUP(onnx_qlinear, rows)
