/* ONNX's operators that work element by element. */
#include "engine/import/bitcast.h"
#include "engine/import/onnx/onnx_read.h"
#include "engine/import/onnx/onnx_sequence.h"

#include <float.h>
#include <string.h>

/* Before opset 7 the second operand's first axis could be named. */
static rq_id align_old(rq_ir_builder *b, rq_id x, rq_id y)
{
    int rank = rq_ir_builder_rank(b, x), small = rq_ir_builder_rank(b, y);
    int64_t axis = rq_onnx_axis(rq_framework_int(b->node, "axis", rank - small), rank);
    int64_t axes[RQ_MAX_RANK];
    size_t n = 0;
    if (rank < 0 || small < 0) return y;
    for (int64_t i = axis + small; i < rank; i++, n++) axes[n] = small + (int64_t)n;
    return rq_emit_unsqueeze(b, y, axes, n);
}

static void map_binary(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0), y = rq_ir_builder_in(b, 1);
    if (b->source->opset < 7 && rq_framework_int(b->node, "broadcast", 0)) y = align_old(b, x, y);
    rq_ir_builder_set(b, 0, rq_emit_binary(b, row->ir, x, y));
}

static void map_identity(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    if (rq_onnx_is_sequence(b, 0))
        rq_onnx_pass_sequence(b);
    else
        rq_map_identity(b, row);
}

/* Integers are divided towards zero. */
static void map_div(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0), y = rq_ir_builder_in(b, 1);
    (void)row;
    if (b->source->opset < 7 && rq_framework_int(b->node, "broadcast", 0)) y = align_old(b, x, y);
    rq_ir_builder_set(
        b, 0, rq_emit(b, "Divide-1", RQ_IN(x, y), "auto_broadcast=numpy;m_pythondiv=false"));
}

static void map_mod(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    const char *type = rq_framework_int(b->node, "fmod", 0) ? "Mod-1" : "FloorMod-1";
    (void)row;
    rq_ir_builder_set(b, 0,
                      rq_emit_binary(b, type, rq_ir_builder_in(b, 0), rq_ir_builder_in(b, 1)));
}

/* The result has the base's type; an integer base with a real exponent is raised in f32. */
static void map_pow(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0), y = rq_ir_builder_in(b, 1);
    rq_dtype dtype = rq_ir_builder_dtype(b, x);
    (void)row;
    if (b->source->opset < 7 && rq_framework_int(b->node, "broadcast", 0)) y = align_old(b, x, y);
    bool real = rq_dtype_is_float(dtype) || !rq_dtype_is_float(rq_ir_builder_dtype(b, y));
    rq_dtype common = real ? dtype : RQ_DT_F32;
    rq_id z =
        rq_emit_binary(b, "Power-1", rq_emit_convert(b, x, common), rq_emit_convert(b, y, common));
    rq_ir_builder_set(b, 0, rq_emit_convert(b, z, dtype));
}

static void map_bit_shift(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    bool left = !strcmp(rq_framework_string(b->node, "direction", ""), "LEFT");
    (void)row;
    rq_ir_builder_set(b, 0,
                      rq_emit_binary(b, left ? "BitwiseLeftShift-15" : "BitwiseRightShift-15",
                                     rq_ir_builder_in(b, 0), rq_ir_builder_in(b, 1)));
}

static void map_mean(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id y = rq_ir_builder_in(b, 0);
    size_t n = b->node->n_in;
    (void)row;
    for (size_t i = 1; i < n; i++) y = rq_emit_binary(b, "Add-1", y, rq_ir_builder_in(b, i));
    if (n > 1) y = rq_emit_binary(b, "Divide-1", y, rq_onnx_like(b, y, (double)n));
    rq_ir_builder_set(b, 0, y);
}

static void map_reciprocal(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0);
    (void)row;
    rq_ir_builder_set(b, 0, rq_emit_binary(b, "Divide-1", rq_onnx_like(b, x, 1.0), x));
}

static void map_round(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    (void)row;
    rq_ir_builder_set(b, 0,
                      rq_emit(b, "Round-5", RQ_IN(rq_ir_builder_in(b, 0)), "mode=half_to_even"));
}

static void map_is_inf(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    (void)row;
    rq_ir_builder_set(b, 0,
                      rq_emit(b, "IsInf-10", RQ_IN(rq_ir_builder_in(b, 0)),
                              "detect_negative=%s;detect_positive=%s",
                              rq_bool_text(rq_framework_int(b->node, "detect_negative", 1)),
                              rq_bool_text(rq_framework_int(b->node, "detect_positive", 1))));
}

static void map_where(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    (void)row;
    rq_ir_builder_set(
        b, 0,
        rq_emit(b, "Select-1",
                RQ_IN(rq_ir_builder_in(b, 0), rq_ir_builder_in(b, 1), rq_ir_builder_in(b, 2)),
                "auto_broadcast=numpy"));
}

/* -- Clip ------------------------------------------------------------------------------------ */

/* Bounds are attributes before opset 11, inputs since; either may be left out. */
static rq_id bound(rq_ir_builder *b, size_t input, const char *attr)
{
    if (rq_ir_builder_has(b, input)) return rq_ir_builder_in(b, input);
    if (!rq_framework_find_attr(b->node, attr)) return RQ_NONE;
    return rq_onnx_like(b, rq_ir_builder_in(b, 0), rq_framework_float(b->node, attr, 0.0));
}

static void map_clip(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0), low = bound(b, 1, "min"), high = bound(b, 2, "max");
    double least = rq_ir_builder_number(b, low, -(double)FLT_MAX);
    double most = rq_ir_builder_number(b, high, (double)FLT_MAX);
    bool constant = (low == RQ_NONE || rq_ir_builder_const(b, low)) &&
                    (high == RQ_NONE || rq_ir_builder_const(b, high));
    (void)row;
    if (low == RQ_NONE && high == RQ_NONE) {
        rq_ir_builder_set(b, 0, x);
    } else if (constant && least <= most && rq_dtype_is_float(rq_ir_builder_dtype(b, x))) {
        rq_ir_builder_set(b, 0, rq_emit(b, "Clamp-1", RQ_IN(x), "min=%.9g;max=%.9g", least, most));
    } else {
        if (low != RQ_NONE) x = rq_emit_binary(b, "Maximum-1", x, low);
        if (high != RQ_NONE) x = rq_emit_binary(b, "Minimum-1", x, high);
        rq_ir_builder_set(b, 0, x);
    }
}

/* -- types ----------------------------------------------------------------------------------- */

/* To 8-bit floats, what is too large becomes the largest. */
static rq_id cast(rq_ir_builder *b, rq_id x, rq_dtype dtype)
{
    double most = dtype == RQ_DT_F8E4M3 ? 448.0 : dtype == RQ_DT_F8E5M2 ? 57344.0 : 0.0;
    if (most != 0.0 && rq_framework_int(b->node, "saturate", 1) &&
        rq_dtype_is_float(rq_ir_builder_dtype(b, x)))
        x = rq_emit(b, "Clamp-1", RQ_IN(x), "min=%.9g;max=%.9g", -most, most);
    return rq_emit_convert(b, x, dtype);
}

static void map_cast(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    int64_t to = rq_framework_int(b->node, "to", 0);
    int32_t code = to > 0 && to < INT32_MAX ? (int32_t)to : 0;
    rq_dtype dtype = rq_onnx_dtype(code);
    rq_id x = rq_ir_builder_in(b, 0);
    bool text = dtype == RQ_DT_STRING || rq_ir_builder_dtype(b, x) == RQ_DT_STRING;
    (void)row;
    if (dtype == RQ_DT_UNDEFINED || text)
        rq_ir_builder_unmapped(b, "to or from %s", text ? "strings" : rq_onnx_dtype_name(code));
    else
        rq_ir_builder_set(b, 0, cast(b, x, dtype));
}

static void map_bit_cast(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    int64_t to = rq_framework_int(b->node, "to", 0);
    rq_dtype dtype = rq_onnx_dtype(to > 0 && to < INT32_MAX ? (int32_t)to : 0);
    (void)row;
    rq_ir_builder_set(b, 0, rq_emit_bitcast(b, rq_ir_builder_in(b, 0), dtype));
}

static void map_cast_like(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_dtype dtype = rq_ir_builder_dtype(b, rq_ir_builder_in(b, 1));
    (void)row;
    if (dtype == RQ_DT_UNDEFINED || dtype == RQ_DT_STRING)
        rq_ir_builder_unmapped(b, "strings");
    else
        rq_ir_builder_set(b, 0, cast(b, rq_ir_builder_in(b, 0), dtype));
}

static const rq_op_mapping_row rows[] = {
    {"", "Abs", rq_map_same, "Abs-1"},
    {"", "Acos", rq_map_same, "Acos-1"},
    {"", "Acosh", rq_map_same, "Acosh-4"},
    {"", "Add", map_binary, "Add-1"},
    {"", "And", map_binary, "LogicalAnd-1"},
    {"", "Asin", rq_map_same, "Asin-1"},
    {"", "Asinh", rq_map_same, "Asinh-4"},
    {"", "Atan", rq_map_same, "Atan-1"},
    {"", "Atanh", rq_map_same, "Atanh-4"},
    {"", "BitCast", map_bit_cast, NULL},
    {"", "BitShift", map_bit_shift, NULL},
    {"", "BitwiseAnd", rq_map_binary, "BitwiseAnd-13"},
    {"", "BitwiseNot", rq_map_same, "BitwiseNot-13"},
    {"", "BitwiseOr", rq_map_binary, "BitwiseOr-13"},
    {"", "BitwiseXor", rq_map_binary, "BitwiseXor-13"},
    {"", "Cast", map_cast, NULL},
    {"", "CastLike", map_cast_like, NULL},
    {"", "Ceil", rq_map_same, "Ceiling-1"},
    {"", "Clip", map_clip, NULL},
    {"", "Cos", rq_map_same, "Cos-1"},
    {"", "Cosh", rq_map_same, "Cosh-1"},
    {"", "Div", map_div, NULL},
    {"", "Equal", map_binary, "Equal-1"},
    {"", "Erf", rq_map_same, "Erf-1"},
    {"", "Exp", rq_map_same, "Exp-1"},
    {"", "Floor", rq_map_same, "Floor-1"},
    {"", "Greater", map_binary, "Greater-1"},
    {"", "GreaterOrEqual", rq_map_binary, "GreaterEqual-1"},
    {"", "Identity", map_identity, NULL},
    {"", "IsInf", map_is_inf, NULL},
    {"", "IsNaN", rq_map_same, "IsNaN-10"},
    {"", "Less", map_binary, "Less-1"},
    {"", "LessOrEqual", rq_map_binary, "LessEqual-1"},
    {"", "Log", rq_map_same, "Log-1"},
    {"", "Max", rq_map_variadic, "Maximum-1"},
    {"", "Mean", map_mean, NULL},
    {"", "Min", rq_map_variadic, "Minimum-1"},
    {"", "Mod", map_mod, NULL},
    {"", "Mul", map_binary, "Multiply-1"},
    {"", "Neg", rq_map_same, "Negative-1"},
    {"", "Not", rq_map_same, "LogicalNot-1"},
    {"", "Or", map_binary, "LogicalOr-1"},
    {"", "Pow", map_pow, NULL},
    {"", "Reciprocal", map_reciprocal, NULL},
    {"", "Round", map_round, NULL},
    {"", "Sign", rq_map_same, "Sign-1"},
    {"", "Sin", rq_map_same, "Sin-1"},
    {"", "Sinh", rq_map_same, "Sinh-1"},
    {"", "Sqrt", rq_map_same, "Sqrt-1"},
    {"", "Sub", map_binary, "Subtract-1"},
    {"", "Sum", rq_map_variadic, "Add-1"},
    {"", "Tan", rq_map_same, "Tan-1"},
    {"", "Where", map_where, NULL},
    {"", "Xor", map_binary, "LogicalXor-1"},
};
RQ_OP_MAPPING_GROUP(onnx_elementwise, rows)
