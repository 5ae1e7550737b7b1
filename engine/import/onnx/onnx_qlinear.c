/* ONNX's products of quantized tensors, computed on real numbers. */
#include "engine/import/onnx/onnx_quantize.h"

/* Input i less its zero point, as f32: exact while sums stay below 2^24. */
static rq_id centred(rq_ir_builder *b, size_t i, size_t zero_input, int64_t axis)
{
    rq_id raw = rq_ir_builder_in(b, i), x = rq_emit_convert(b, raw, RQ_DT_F32);
    if (!rq_ir_builder_has(b, zero_input)) return x;
    rq_id zero = rq_onnx_along_axis(b, raw, rq_ir_builder_in(b, zero_input), axis);
    if (rq_onnx_is_zero(b, zero)) return x;
    return rq_emit_binary(b, "Subtract-1", x, rq_emit_convert(b, zero, RQ_DT_F32));
}

static void map_mat_mul_integer(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = centred(b, 0, 2, -2), w = centred(b, 1, 3, -1);
    (void)row;
    rq_ir_builder_set(b, 0, rq_emit_convert(b, rq_emit_mat_mul(b, x, w, false, false), RQ_DT_I32));
}

/* Input i, its scale and zero point behind it, as real numbers. */
static rq_id real_input(rq_ir_builder *b, size_t i, int64_t axis)
{
    return rq_onnx_dequantize(b, rq_ir_builder_in(b, i), rq_ir_builder_in(b, i + 1),
                              rq_ir_builder_in(b, i + 2), axis);
}

/* The node's output: y by the scale and zero point that are inputs i and i + 1. */
static void set_quantized(rq_ir_builder *b, rq_id y, size_t i)
{
    rq_onnx_quantizer q;
    if (rq_onnx_read_quantizer(&q, b, y, i, i + 1))
        rq_ir_builder_set(b, 0, rq_onnx_quantize(b, &q, y));
}

/* x, scale, zero, y, scale, zero, then the result's scale and zero */
static void map_qlinear_mat_mul(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = real_input(b, 0, -2), w = real_input(b, 3, -1);
    (void)row;
    set_quantized(b, rq_emit_mat_mul(b, x, w, false, false), 6);
}

static void map_conv_integer(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    (void)row;
    rq_id y = rq_onnx_convolve(b, centred(b, 0, 2, 1), centred(b, 1, 3, 0));
    rq_ir_builder_set(b, 0, rq_emit_convert(b, y, RQ_DT_I32));
}

/* The bias is in units of both scales' product. */
static rq_id add_integer_bias(rq_ir_builder *b, rq_id y, size_t input)
{
    rq_id scale = rq_emit_binary(b, "Multiply-1", rq_ir_builder_in(b, 1), rq_ir_builder_in(b, 4));
    rq_id bias = rq_emit_binary(b, "Multiply-1",
                                rq_emit_convert(b, rq_ir_builder_in(b, input), RQ_DT_F32), scale);
    return rq_emit_binary(b, "Add-1", y, rq_onnx_per_channel(b, bias, rq_ir_builder_rank(b, y)));
}

static void map_qlinear_conv(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    (void)row;
    rq_id y = rq_onnx_convolve(b, real_input(b, 0, 1), real_input(b, 3, 0));
    if (rq_ir_builder_has(b, 8)) y = add_integer_bias(b, y, 8);
    set_quantized(b, y, 6);
}

/* -- onnxruntime's own ----------------------------------------------------------------------- */

static void map_qlinear_binary(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    set_quantized(b, rq_emit_binary(b, row->ir, real_input(b, 0, 1), real_input(b, 3, 1)), 6);
}

static void map_qlinear_unary(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    set_quantized(b, rq_emit(b, row->ir, RQ_IN(real_input(b, 0, 1)), "%s", ""), 3);
}

static void map_qlinear_softmax(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    int axis = (int)rq_framework_int(b->node, "axis", -1);
    set_quantized(b, rq_emit(b, row->ir, RQ_IN(real_input(b, 0, 1)), "axis=%d", axis), 3);
}

static void map_qlinear_leaky_relu(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = real_input(b, 0, 1);
    rq_id slope = rq_onnx_like(b, x, rq_framework_float(b->node, "alpha", 0.01));
    set_quantized(b, rq_emit(b, row->ir, RQ_IN(x, slope), "%s", ""), 3);
}

static void map_qlinear_reduce(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    int64_t axes[RQ_MAX_RANK];
    size_t n;
    rq_id x = real_input(b, 0, 1);
    int rank = rq_ir_builder_require_rank(b, x);
    if (!rq_onnx_ints(b, SIZE_MAX, "axes", axes, RQ_MAX_RANK, &n)) return;
    for (int i = 0; n == 0 && i < rank; i++) axes[i] = i;
    set_quantized(b,
                  rq_emit(b, row->ir, RQ_IN(x, rq_emit_ints(b, axes, n ? n : (size_t)rank)),
                          "keep_dims=%s", rq_bool_text(rq_framework_int(b->node, "keepdims", 1))),
                  3);
}

/* The condition, then as above. */
static void map_qlinear_where(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id y =
        rq_emit(b, row->ir, RQ_IN(rq_ir_builder_in(b, 0), real_input(b, 1, 1), real_input(b, 4, 1)),
                "auto_broadcast=numpy");
    set_quantized(b, y, 7);
}

static void map_qlinear_average(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    if (rq_framework_int(b->node, "channels_last", 0))
        rq_ir_builder_unmapped(b, "channels last");
    else
        set_quantized(b, rq_onnx_average_pool(b, real_input(b, 0, 1), row->ir != NULL), 3);
}

/* scale and zero of the result, then each input with its own */
static void map_qlinear_concat(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    size_t n = b->node->n_in / 3;
    rq_id *in = rq_arena_alloc(b->arena, n, sizeof *in);
    if (!in) b->status = RQ_ENOMEM;
    for (size_t i = 0; in && i < n; i++) in[i] = real_input(b, 2 + 3 * i, 1);
    set_quantized(
        b, rq_emit(b, row->ir, in, n, "axis=%d", (int)rq_framework_int(b->node, "axis", 1)), 0);
}

static const rq_op_mapping_row rows[] = {
    {"com.microsoft", "QLinearAdd", map_qlinear_binary, "Add-1"},
    {"com.microsoft", "QLinearAveragePool", map_qlinear_average, NULL},
    {"com.microsoft", "QLinearConcat", map_qlinear_concat, "Concat-1"},
    {"com.microsoft", "QLinearGlobalAveragePool", map_qlinear_average, "ReduceMean-1"},
    {"com.microsoft", "QLinearLeakyRelu", map_qlinear_leaky_relu, "PReLU-1"},
    {"com.microsoft", "QLinearMul", map_qlinear_binary, "Multiply-1"},
    {"com.microsoft", "QLinearReduceMean", map_qlinear_reduce, "ReduceMean-1"},
    {"com.microsoft", "QLinearSigmoid", map_qlinear_unary, "Sigmoid-1"},
    {"com.microsoft", "QLinearSoftmax", map_qlinear_softmax, "SoftMax-8"},
    {"com.microsoft", "QLinearWhere", map_qlinear_where, "Select-1"},
    {"", "ConvInteger", map_conv_integer, NULL},
    {"", "MatMulInteger", map_mat_mul_integer, NULL},
    {"", "QLinearConv", map_qlinear_conv, NULL},
    {"", "QLinearMatMul", map_qlinear_mat_mul, NULL},
};
RQ_OP_MAPPING_GROUP(onnx_qlinear, rows)
