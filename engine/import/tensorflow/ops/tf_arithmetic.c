/* TensorFlow's arithmetic that the IR spells in several operators. */
#include "engine/import/tensorflow/ops/tf_layout.h"

#include <math.h>
#include <string.h>

/* y where `of` is not 0, else 0: also where y is no number. */
static rq_id unless_zero(rq_ir_builder *b, rq_id of, rq_id y)
{
    rq_id zero = rq_emit_binary(b, "Equal-1", of, rq_emit_like(b, of, 0));
    return rq_emit(b, "Select-1", RQ_IN(zero, rq_emit_like(b, y, 0), y), "auto_broadcast=numpy");
}

/* x / y, and x y, that are 0 where y is. row->ir: the operator. */
static void map_no_nan(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0), y = rq_ir_builder_in(b, 1);
    rq_ir_builder_set(b, 0, unless_zero(b, y, rq_emit_binary(b, row->ir, x, y)));
}

/* x op f(y) that is 0 where x is. */
static void map_xdivy(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0), y = rq_ir_builder_in(b, 1);
    (void)row;
    rq_ir_builder_set(b, 0, unless_zero(b, x, rq_emit_binary(b, "Divide-1", x, y)));
}

static void map_xlogy(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0), y = rq_ir_builder_in(b, 1);
    if (row->ir) y = rq_emit_binary(b, "Add-1", y, rq_emit_like(b, y, 1)); /* Xlog1py */
    y = rq_emit_binary(b, "Multiply-1", x, rq_emit_unary(b, "Log-1", y));
    rq_ir_builder_set(b, 0, unless_zero(b, x, y));
}

static rq_id emit_erfc(rq_ir_builder *b, rq_id x)
{
    return rq_emit_binary(b, "Subtract-1", rq_emit_like(b, x, 1), rq_emit_unary(b, "Erf-1", x));
}

static void map_erfc(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    (void)row;
    rq_tf_map_with(b, emit_erfc);
}

static rq_id choose(rq_ir_builder *b, rq_id condition, rq_id yes, rq_id no)
{
    return rq_emit(b, "Select-1", RQ_IN(condition, yes, no), "auto_broadcast=numpy");
}

static rq_id compare(rq_ir_builder *b, const char *type, rq_id x, double number)
{
    return rq_emit_binary(b, type, x, rq_emit_like(b, x, number));
}

/* atan(y / x), and half a turn where x is below 0; along the y axis a quarter. */
rq_id rq_tf_emit_atan2(rq_ir_builder *b, rq_id y, rq_id x)
{
    rq_id upright = compare(b, "Equal-1", x, 0);
    rq_id ratio = rq_emit_binary(b, "Divide-1", y, choose(b, upright, rq_emit_like(b, x, 1), x));
    rq_id half =
        choose(b, compare(b, "Less-1", y, 0), rq_emit_like(b, x, -M_PI), rq_emit_like(b, x, M_PI));
    rq_id turn = choose(b, compare(b, "Less-1", x, 0), half, rq_emit_like(b, x, 0));
    rq_id angle = rq_emit_binary(b, "Add-1", rq_emit_unary(b, "Atan-1", ratio), turn);
    rq_id sign = rq_emit_unary(b, "Sign-1", y);
    rq_id quarter = rq_emit_binary(b, "Multiply-1", sign, rq_emit_like(b, x, M_PI_2));
    return choose(b, upright, quarter, angle);
}

static void map_atan2(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    (void)row;
    rq_ir_builder_set(b, 0, rq_tf_emit_atan2(b, rq_ir_builder_in(b, 0), rq_ir_builder_in(b, 1)));
}

static void map_near(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_emit_binary(b, "Subtract-1", rq_ir_builder_in(b, 0), rq_ir_builder_in(b, 1));
    double tolerance = rq_framework_float(b->node, "tolerance", 1e-5);
    (void)row;
    rq_ir_builder_set(b, 0, compare(b, "Less-1", rq_emit_unary(b, "Abs-1", x), tolerance));
}

/* Half the sum of all squares. */
static void map_l2_loss(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_emit_reshape(b, rq_ir_builder_in(b, 0), (int64_t[]){-1}, 1);
    rq_id squares = rq_emit_binary(b, "Multiply-1", x, x);
    rq_id sum = rq_emit(b, "ReduceSum-1", RQ_IN(squares, RQ_EMIT_INTS(b, 0)), "keep_dims=false");
    (void)row;
    rq_ir_builder_set(b, 0, rq_emit_binary(b, "Multiply-1", sum, rq_emit_like(b, sum, 0.5)));
}

/* Towards zero, of numbers of any type. */
static void map_truncate_div(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0), y = rq_ir_builder_in(b, 1);
    rq_id ratio = rq_emit(b, "Divide-1", RQ_IN(x, y), "auto_broadcast=numpy;m_pythondiv=false");
    (void)row;
    if (rq_dtype_is_float(rq_ir_builder_dtype(b, x))) {
        rq_id down = rq_emit_unary(b, "Floor-1", rq_emit_unary(b, "Abs-1", ratio));
        ratio = rq_emit_binary(b, "Multiply-1", rq_emit_unary(b, "Sign-1", ratio), down);
    }
    rq_ir_builder_set(b, 0, ratio);
}

/* From start to stop in n steps, both of them included. */
static void map_lin_space(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id start = rq_ir_builder_in(b, 0), stop = rq_ir_builder_in(b, 1), n = rq_ir_builder_in(b, 2);
    rq_dtype dtype = rq_ir_builder_dtype(b, start);
    rq_id one = rq_emit_like(b, start, 1), count = rq_emit_convert(b, n, dtype);
    rq_id steps = rq_emit_binary(b, "Subtract-1", count, one);
    rq_id step = rq_emit_binary(b, "Divide-1", rq_emit_binary(b, "Subtract-1", stop, start),
                                rq_emit_binary(b, "Maximum-1", steps, one));
    rq_id k = rq_emit(b, "Range-4", RQ_IN(rq_emit_like(b, start, 0), count, one), "output_type=%s",
                      rq_dtype_name(dtype));
    (void)row;
    rq_ir_builder_set(b, 0,
                      rq_emit_binary(b, "Add-1", rq_emit_binary(b, "Multiply-1", k, step), start));
}

/* -- random numbers -------------------------------------------------------------------------- */

/* From 0 to 1, of a given shape. */
static void map_random_uniform(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    (void)row;
    rq_ir_builder_set(b, 0,
                      rq_emit(b, "RandomUniform-8",
                              RQ_IN(rq_ir_builder_in(b, 0), rq_emit_scalar(b, RQ_DT_F32, 0),
                                    rq_emit_scalar(b, RQ_DT_F32, 1)),
                              "output_type=f32;global_seed=%lld;op_seed=%lld",
                              (long long)rq_framework_int64(b->node, "seed", 0),
                              (long long)rq_framework_int64(b->node, "seed2", 0)));
}

/* Whole numbers from the second input to below the third. */
static void map_random_int(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id least = rq_ir_builder_in(b, 1);
    (void)row;
    rq_ir_builder_set(b, 0,
                      rq_emit(b, "RandomUniform-8",
                              RQ_IN(rq_ir_builder_in(b, 0), least, rq_ir_builder_in(b, 2)),
                              "output_type=%s;global_seed=%lld;op_seed=%lld",
                              rq_dtype_name(rq_ir_builder_dtype(b, least)),
                              (long long)rq_framework_int64(b->node, "seed", 0),
                              (long long)rq_framework_int64(b->node, "seed2", 0)));
}

/* The range of a value that is made of random numbers and constants. */
typedef struct range {
    double low, high;
} range;

static bool random_range(range *out, const rq_ir_builder *b, rq_id value, int depth)
{
    const rq_tensor *known = rq_ir_builder_const(b, value);
    bool some = b->status == RQ_OK && value != RQ_NONE;
    const rq_node *node = some ? rq_value_producer(b->graph, value) : NULL;
    range x, y;
    if (known && rq_tensor_count(known) == 1) {
        out->low = out->high = rq_load_f64(known->data, known->dtype, 0);
        return true;
    }
    if (!node || depth > 4) return false;
    *out = (range){0, 1};
    if (!strcmp(node->type, "RandomUniform")) return true;
    bool sum = !strcmp(node->type, "Add"), product = !strcmp(node->type, "Multiply");
    if ((!sum && !product) || !random_range(&x, b, node->in[0], depth + 1) ||
        !random_range(&y, b, node->in[1], depth + 1) || (product && (x.low < 0 || y.low < 0)))
        return false;
    *out = sum ? (range){x.low + y.low, x.high + y.high} : (range){x.low * y.low, x.high * y.high};
    return true;
}

/* Dropout that keeps all: floor(1 + a random number below 1) is 1. */
static void map_floor(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0);
    range r;
    if (!rq_ir_builder_const(b, x) && random_range(&r, b, x, 0) && r.low == 1 && r.high == 2)
        rq_ir_builder_set(b, 0, rq_emit_like(b, x, 1));
    else
        rq_tf_map_unary(b, row);
}

/* The same as TensorFlow 1.13 and later have it: no random number is below a rate of 0. */
static void map_greater_equal(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0), y = rq_ir_builder_in(b, 1);
    range r, rate;
    if (!rq_ir_builder_const(b, x) && rq_ir_builder_const(b, y) && random_range(&r, b, x, 0) &&
        random_range(&rate, b, y, 0) && rate.high <= r.low)
        rq_ir_builder_set(b, 0, rq_emit_scalar(b, RQ_DT_BOOL, 1));
    else
        rq_tf_map_binary(b, row);
}

static const rq_op_mapping_row rows[] = {
    {"", "ApproximateEqual", map_near, NULL},
    {"", "Atan2", map_atan2, NULL},
    {"", "BitwiseAnd", rq_tf_map_binary, "BitwiseAnd-13"},
    {"", "BitwiseOr", rq_tf_map_binary, "BitwiseOr-13"},
    {"", "BitwiseXor", rq_tf_map_binary, "BitwiseXor-13"},
    {"", "DivNoNan", map_no_nan, "Divide-1"},
    {"", "Erfc", map_erfc, NULL},
    {"", "Floor", map_floor, "Floor-1"},
    {"", "GreaterEqual", map_greater_equal, "GreaterEqual-1"},
    {"", "Invert", rq_tf_map_unary, "BitwiseNot-13"},
    {"", "L2Loss", map_l2_loss, NULL},
    {"", "LeftShift", rq_tf_map_binary, "BitwiseLeftShift-15"},
    {"", "LinSpace", map_lin_space, NULL},
    {"", "LogicalXor", rq_tf_map_binary, "LogicalXor-1"},
    {"", "MulNoNan", map_no_nan, "Multiply-1"},
    {"", "RandomUniform", map_random_uniform, NULL},
    {"", "RandomUniformInt", map_random_int, NULL},
    {"", "RightShift", rq_tf_map_binary, "BitwiseRightShift-15"},
    {"", "TruncateDiv", map_truncate_div, NULL},
    {"", "TruncateMod", rq_tf_map_binary, "Mod-1"},
    {"", "Xdivy", map_xdivy, NULL},
    {"", "Xlog1py", map_xlogy, "1"},
    {"", "Xlogy", map_xlogy, NULL},
};
RQ_OP_MAPPING_GROUP(tf_arithmetic, rows)
