/* TensorFlow's operators that work element by element. */
#include "engine/import/bitcast.h"
#include "engine/import/tensorflow/ops/tf_layout.h"

static rq_id emit_relu6(rq_ir_builder *b, rq_id x)
{
    return rq_emit(b, "Clamp-1", RQ_IN(x), "min=0;max=6");
}

static rq_id emit_leaky_relu(rq_ir_builder *b, rq_id x)
{
    float alpha = (float)rq_framework_float(b->node, "alpha", 0.2);
    return rq_emit(b, "PReLU-1", RQ_IN(x, rq_emit_floats(b, &alpha, &(rq_shape){1, {1}})), "%s",
                   "");
}

static rq_id emit_elu(rq_ir_builder *b, rq_id x)
{
    return rq_emit(b, "Elu-1", RQ_IN(x), "alpha=1");
}

/* Klambauer et al. 2017: the constants that TensorFlow's Selu has built in. */
static rq_id emit_selu(rq_ir_builder *b, rq_id x)
{
    return rq_emit(b, "Selu-1",
                   RQ_IN(x, rq_emit_like(b, x, 1.67326324235437728481704),
                         rq_emit_like(b, x, 1.0507009873554805)),
                   "%s", "");
}

static rq_id emit_square(rq_ir_builder *b, rq_id x)
{
    return rq_emit_binary(b, "Multiply-1", x, x);
}

static rq_id emit_rsqrt(rq_ir_builder *b, rq_id x)
{
    return rq_emit_binary(b, "Power-1", x, rq_emit_like(b, x, -0.5));
}

static rq_id emit_reciprocal(rq_ir_builder *b, rq_id x)
{
    return rq_emit_binary(b, "Power-1", x, rq_emit_like(b, x, -1));
}

static rq_id emit_log1p(rq_ir_builder *b, rq_id x)
{
    return rq_emit(b, "Log-1", RQ_IN(rq_emit_binary(b, "Add-1", x, rq_emit_like(b, x, 1))), "%s",
                   "");
}

static rq_id emit_expm1(rq_ir_builder *b, rq_id x)
{
    rq_id y = rq_emit(b, "Exp-1", RQ_IN(x), "%s", "");
    return rq_emit_binary(b, "Subtract-1", y, rq_emit_like(b, x, 1));
}

static rq_id emit_round(rq_ir_builder *b, rq_id x)
{
    return rq_emit(b, "Round-5", RQ_IN(x), "mode=half_to_even");
}

/* Where x is NaN, too: nothing is less than itself. */
static rq_id emit_zeros(rq_ir_builder *b, rq_id x)
{
    rq_dtype dtype = rq_ir_builder_dtype(b, x);
    const char *never = dtype == RQ_DT_BOOL ? "LogicalXor-1" : "Less-1";
    return rq_emit_convert(b, rq_emit_binary(b, never, x, x), dtype);
}

static rq_id emit_ones(rq_ir_builder *b, rq_id x)
{
    rq_dtype dtype = rq_ir_builder_dtype(b, x);
    rq_id zeros = emit_zeros(b, x);
    return dtype == RQ_DT_BOOL ? rq_emit_unary(b, "LogicalNot-1", zeros)
                               : rq_emit_binary(b, "Add-1", zeros, rq_emit_like(b, x, 1));
}

static rq_id emit_cast(rq_ir_builder *b, rq_id x)
{
    const rq_framework_attr *type = rq_framework_find_attr(b->node, "DstT");
    return type && type->kind == RQ_FRAMEWORK_DTYPE ? rq_emit_convert(b, x, (rq_dtype)type->i) : x;
}

#define MAP_WITH(name)                                                                             \
    static void map_##name(rq_ir_builder *b, const rq_op_mapping_row *row)                         \
    {                                                                                              \
        (void)row;                                                                                 \
        rq_tf_map_with(b, emit_##name);                                                            \
    }
MAP_WITH(relu6)
MAP_WITH(leaky_relu)
MAP_WITH(elu)
MAP_WITH(selu)
MAP_WITH(square)
MAP_WITH(rsqrt)
MAP_WITH(reciprocal)
MAP_WITH(log1p)
MAP_WITH(expm1)
MAP_WITH(round)
MAP_WITH(zeros)
MAP_WITH(ones)
MAP_WITH(cast)

static void map_bitcast(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    const rq_framework_attr *type = rq_framework_find_attr(b->node, "type");
    (void)row;
    if (type && type->kind == RQ_FRAMEWORK_DTYPE)
        rq_ir_builder_set(b, 0, rq_emit_bitcast(b, rq_ir_builder_in(b, 0), (rq_dtype)type->i));
    else
        rq_ir_builder_unmapped(b, "a type that the IR has not");
}

/* Rounds towards minus infinity. OpenVINO divides integers towards zero, whatever it is told, so
 * what would be left over goes first. */
static void map_floor_div(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0), y = rq_ir_builder_in(b, 1);
    (void)row;
    if (rq_dtype_is_float(rq_ir_builder_dtype(b, x))) {
        rq_id ratio = rq_emit_binary(b, "Divide-1", x, y);
        rq_ir_builder_set(b, 0, rq_emit(b, "Floor-1", RQ_IN(ratio), "%s", ""));
        return;
    }
    rq_id whole = rq_emit_binary(b, "Subtract-1", x, rq_emit_binary(b, "FloorMod-1", x, y));
    rq_ir_builder_set(
        b, 0, rq_emit(b, "Divide-1", RQ_IN(whole, y), "auto_broadcast=numpy;m_pythondiv=true"));
}

/* Integers are divided towards zero. */
static void map_div(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0), y = rq_ir_builder_in(b, 1);
    if (rq_dtype_is_float(rq_ir_builder_dtype(b, x)))
        rq_tf_map_binary(b, row);
    else
        rq_ir_builder_set(
            b, 0, rq_emit(b, row->ir, RQ_IN(x, y), "auto_broadcast=numpy;m_pythondiv=false"));
}

static void map_add_n(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id sum = rq_ir_builder_in(b, 0);
    bool first = rq_tf_has_channels_first(b, sum);
    (void)row;
    if (first) sum = rq_tf_to_channels_first(b, sum);
    for (size_t i = 1; i < b->node->n_in; i++) {
        rq_id x = rq_ir_builder_in(b, i);
        sum = rq_emit_binary(b, "Add-1", sum, first ? rq_tf_to_channels_first(b, x) : x);
    }
    if (first)
        rq_tf_set_channels_first(b, 0, sum);
    else
        rq_ir_builder_set(b, 0, sum);
}

static void map_select(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id condition = rq_ir_builder_in(b, 0), x = rq_ir_builder_in(b, 1);
    int rank = rq_ir_builder_rank(b, x);
    (void)row;
    /* Select's row of conditions goes along the first axis, SelectV2's along the last. */
    if (b->node->type[6] == '\0' && rq_ir_builder_rank(b, condition) == 1 && rank > 1) {
        int64_t dims[RQ_MAX_RANK] = {-1};
        for (int i = 1; i < rank; i++) dims[i] = 1;
        condition = rq_emit_reshape(b, condition, dims, (size_t)rank);
    }
    rq_ir_builder_set(b, 0,
                      rq_emit(b, "Select-1", RQ_IN(condition, x, rq_ir_builder_in(b, 2)),
                              "auto_broadcast=numpy"));
}

/* Indices [n, rank] of what is true. */
static void map_where(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    (void)row;
    rq_id y = rq_emit(b, "NonZero-3", RQ_IN(rq_ir_builder_in(b, 0)), "output_type=i64");
    rq_ir_builder_set(b, 0, rq_emit_transpose(b, y, (int64_t[]){1, 0}, 2));
}

static void map_clip(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    (void)row;
    rq_id y = rq_emit_binary(b, "Maximum-1", rq_ir_builder_in(b, 0), rq_ir_builder_in(b, 1));
    rq_ir_builder_set(b, 0, rq_emit_binary(b, "Minimum-1", y, rq_ir_builder_in(b, 2)));
}

static const rq_op_mapping_row rows[] = {
    {"", "Abs", rq_tf_map_unary, "Abs-1"},
    {"", "Acos", rq_tf_map_unary, "Acos-1"},
    {"", "Acosh", rq_tf_map_unary, "Acosh-4"},
    {"", "Add", rq_tf_map_binary, "Add-1"},
    {"", "AddN", map_add_n, NULL},
    {"", "AddV2", rq_tf_map_binary, "Add-1"},
    {"", "Asin", rq_tf_map_unary, "Asin-1"},
    {"", "Asinh", rq_tf_map_unary, "Asinh-4"},
    {"", "Atan", rq_tf_map_unary, "Atan-1"},
    {"", "Atanh", rq_tf_map_unary, "Atanh-4"},
    {"", "Bitcast", map_bitcast, NULL},
    {"", "Cast", map_cast, NULL},
    {"", "Ceil", rq_tf_map_unary, "Ceiling-1"},
    {"", "ClipByValue", map_clip, NULL},
    {"", "Cos", rq_tf_map_unary, "Cos-1"},
    {"", "Cosh", rq_tf_map_unary, "Cosh-1"},
    {"", "Div", map_div, "Divide-1"},
    {"", "Elu", map_elu, NULL},
    {"", "Equal", rq_tf_map_binary, "Equal-1"},
    {"", "Erf", rq_tf_map_unary, "Erf-1"},
    {"", "Exp", rq_tf_map_unary, "Exp-1"},
    {"", "Expm1", map_expm1, NULL},
    {"", "FloorDiv", map_floor_div, NULL},
    {"", "FloorMod", rq_tf_map_binary, "FloorMod-1"},
    {"", "Greater", rq_tf_map_binary, "Greater-1"},
    {"", "Inv", map_reciprocal, NULL},
    {"", "IsFinite", rq_tf_map_unary, "IsFinite-10"},
    {"", "IsInf", rq_tf_map_unary, "IsInf-10"},
    {"", "IsNan", rq_tf_map_unary, "IsNaN-10"},
    {"", "LeakyRelu", map_leaky_relu, NULL},
    {"", "Less", rq_tf_map_binary, "Less-1"},
    {"", "LessEqual", rq_tf_map_binary, "LessEqual-1"},
    {"", "Log", rq_tf_map_unary, "Log-1"},
    {"", "Log1p", map_log1p, NULL},
    {"", "LogicalAnd", rq_tf_map_binary, "LogicalAnd-1"},
    {"", "LogicalNot", rq_tf_map_unary, "LogicalNot-1"},
    {"", "LogicalOr", rq_tf_map_binary, "LogicalOr-1"},
    {"", "Maximum", rq_tf_map_binary, "Maximum-1"},
    {"", "Minimum", rq_tf_map_binary, "Minimum-1"},
    {"", "Mod", rq_tf_map_binary, "Mod-1"},
    {"", "Mul", rq_tf_map_binary, "Multiply-1"},
    {"", "Neg", rq_tf_map_unary, "Negative-1"},
    {"", "NotEqual", rq_tf_map_binary, "NotEqual-1"},
    {"", "OnesLike", map_ones, NULL},
    {"", "Pow", rq_tf_map_binary, "Power-1"},
    {"", "RealDiv", rq_tf_map_binary, "Divide-1"},
    {"", "Reciprocal", map_reciprocal, NULL},
    {"", "Relu", rq_tf_map_unary, "ReLU-1"},
    {"", "Relu6", map_relu6, NULL},
    {"", "Rint", map_round, NULL},
    {"", "Round", map_round, NULL},
    {"", "Rsqrt", map_rsqrt, NULL},
    {"", "Select", map_select, NULL},
    {"", "SelectV2", map_select, NULL},
    {"", "Selu", map_selu, NULL},
    {"", "Sigmoid", rq_tf_map_unary, "Sigmoid-1"},
    {"", "Sign", rq_tf_map_unary, "Sign-1"},
    {"", "Sin", rq_tf_map_unary, "Sin-1"},
    {"", "Sinh", rq_tf_map_unary, "Sinh-1"},
    {"", "Softplus", rq_tf_map_unary, "SoftPlus-4"},
    {"", "Softsign", rq_tf_map_unary, "SoftSign-9"},
    {"", "Sqrt", rq_tf_map_unary, "Sqrt-1"},
    {"", "Square", map_square, NULL},
    {"", "SquaredDifference", rq_tf_map_binary, "SquaredDifference-1"},
    {"", "Sub", rq_tf_map_binary, "Subtract-1"},
    {"", "Tan", rq_tf_map_unary, "Tan-1"},
    {"", "Tanh", rq_tf_map_unary, "Tanh-1"},
    {"", "Where", map_where, NULL},
    {"", "ZerosLike", map_zeros, NULL},
};
RQ_OP_MAPPING_GROUP(tf_elementwise, rows)
