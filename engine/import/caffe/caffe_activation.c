/* Caffe's layers that work element by element. */
#include "engine/import/caffe/caffe_map.h"

#include <math.h>
#include <string.h>

static rq_id scalar(rq_ir_builder *b, double value)
{
    return rq_emit_scalar(b, RQ_DT_F32, value);
}

static void map_relu(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    double slope = rq_framework_float(b->node, "negative_slope", 0);
    rq_id x = rq_ir_builder_in(b, 0);
    (void)row;
    if (slope == 0) {
        rq_ir_builder_set(b, 0, rq_emit(b, "ReLU-1", RQ_IN(x), "%s", ""));
        return;
    }
    float value = (float)slope;
    rq_id slopes = rq_emit_floats(b, &value, &(rq_shape){1, {1}});
    rq_ir_builder_set(b, 0, rq_emit(b, "PReLU-1", RQ_IN(x, slopes), "%s", ""));
}

static void map_prelu(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    (void)row;
    rq_id slopes = rq_caffe_blob_as(b, 0, NULL, 0);
    rq_ir_builder_set(b, 0, rq_emit(b, "PReLU-1", RQ_IN(rq_ir_builder_in(b, 0), slopes), "%s", ""));
}

static void map_elu(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    (void)row;
    rq_ir_builder_set(b, 0,
                      rq_emit(b, "Elu-1", RQ_IN(rq_ir_builder_in(b, 0)), "alpha=%.9g",
                              rq_framework_float(b->node, "alpha", 1)));
}

static void map_relu6(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    (void)row;
    rq_ir_builder_set(b, 0,
                      rq_emit(b, "Clamp-1", RQ_IN(rq_ir_builder_in(b, 0)), "min=0;max=%.9g",
                              rq_framework_float(b->node, "n", 6)));
}

static void map_clip(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    (void)row;
    rq_ir_builder_set(b, 0,
                      rq_emit(b, "Clamp-1", RQ_IN(rq_ir_builder_in(b, 0)), "min=%.9g;max=%.9g",
                              rq_framework_float(b->node, "min", -INFINITY),
                              rq_framework_float(b->node, "max", INFINITY)));
}

static void map_swish(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    (void)row;
    rq_id beta = scalar(b, rq_framework_float(b->node, "beta", 1));
    rq_ir_builder_set(b, 0, rq_emit(b, "Swish-4", RQ_IN(rq_ir_builder_in(b, 0), beta), "%s", ""));
}

/* shift + scale * x */
static rq_id emit_linear(rq_ir_builder *b, rq_id x)
{
    double scale = rq_framework_float(b->node, "scale", 1);
    double shift = rq_framework_float(b->node, "shift", 0);
    if (scale != 1) x = rq_emit_binary(b, "Multiply-1", x, scalar(b, scale));
    return shift != 0 ? rq_emit_binary(b, "Add-1", x, scalar(b, shift)) : x;
}

/* (shift + scale * x) ^ power */
static void map_power(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    double power = rq_framework_float(b->node, "power", 1);
    rq_id y = emit_linear(b, rq_ir_builder_in(b, 0));
    (void)row;
    if (power != 1) y = rq_emit_binary(b, "Power-1", y, scalar(b, power));
    rq_ir_builder_set(b, 0, y);
}

/* base ^ (shift + scale * x); e where no base is given */
static void map_exp(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    double base = rq_framework_float(b->node, "base", -1);
    rq_id y = emit_linear(b, rq_ir_builder_in(b, 0));
    (void)row;
    if (base > 0) y = rq_emit_binary(b, "Multiply-1", y, scalar(b, log(base)));
    rq_ir_builder_set(b, 0, rq_emit(b, "Exp-1", RQ_IN(y), "%s", ""));
}

/* log_base(shift + scale * x) */
static void map_log(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    double base = rq_framework_float(b->node, "base", -1);
    rq_id y = rq_emit(b, "Log-1", RQ_IN(emit_linear(b, rq_ir_builder_in(b, 0))), "%s", "");
    (void)row;
    if (base > 0) y = rq_emit_binary(b, "Multiply-1", y, scalar(b, 1 / log(base)));
    rq_ir_builder_set(b, 0, y);
}

static void map_threshold(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    (void)row;
    rq_id limit = scalar(b, rq_framework_float(b->node, "threshold", 0));
    rq_id above = rq_emit_binary(b, "Greater-1", rq_ir_builder_in(b, 0), limit);
    rq_ir_builder_set(b, 0, rq_emit_convert(b, above, RQ_DT_F32));
}

static size_t count_numbers(const rq_framework_attr *attr)
{
    double number;
    size_t n = 0;
    while (rq_framework_number(&number, attr, n)) n++;
    return n;
}

static rq_id weighted(rq_ir_builder *b, size_t i, const rq_framework_attr *coeff)
{
    rq_id x = rq_ir_builder_in(b, i);
    double factor = 1;
    rq_framework_number(&factor, coeff, i);
    return factor == 1 ? x : rq_emit_binary(b, "Multiply-1", x, scalar(b, factor));
}

static void map_eltwise(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    static const struct {
        const char *name, *ir;
    } operations[] = {{"PROD", "Multiply-1"},
                      {"SUM", "Add-1"},
                      {"MAX", "Maximum-1"},
                      {"MIN", "Minimum-1"},
                      {"DIV", "Divide-1"}};
    const char *name = rq_framework_string(b->node, "operation", "SUM"), *ir = NULL;
    const rq_framework_attr *coeff = rq_framework_find_attr(b->node, "coeff");
    (void)row;
    for (size_t i = 0; i < sizeof operations / sizeof *operations; i++)
        if (!strcmp(operations[i].name, name)) ir = operations[i].ir;
    if (!ir) {
        rq_ir_builder_unmapped(b, "operation %s", name);
        return;
    }
    if (coeff && (count_numbers(coeff) < b->node->n_in || strcmp(name, "SUM"))) {
        rq_ir_builder_fail(b, RQ_EFORMAT, "%zu coefficients for %zu inputs of %s",
                           count_numbers(coeff), b->node->n_in, name);
        return;
    }
    rq_id y = weighted(b, 0, coeff);
    for (size_t i = 1; i < b->node->n_in; i++) y = rq_emit_binary(b, ir, y, weighted(b, i, coeff));
    rq_ir_builder_set(b, 0, y);
}

/* in[0][N, C] * in[1] + in[2] */
static void map_axpy(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id scale = rq_ir_builder_in(b, 0);
    (void)row;
    if (rq_ir_builder_rank(b, scale) == 2)
        scale = rq_emit_unsqueeze(b, scale, (int64_t[]){2, 3}, 2);
    rq_id product = rq_emit_binary(b, "Multiply-1", scale, rq_ir_builder_in(b, 1));
    rq_ir_builder_set(b, 0, rq_emit_binary(b, "Add-1", product, rq_ir_builder_in(b, 2)));
}

static void map_hard_sigmoid(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id alpha = scalar(b, rq_framework_float(b->node, "alpha", 0.2));
    rq_id beta = scalar(b, rq_framework_float(b->node, "beta", 0.5));
    (void)row;
    rq_ir_builder_set(
        b, 0, rq_emit(b, "HardSigmoid-1", RQ_IN(rq_ir_builder_in(b, 0), alpha, beta), "%s", ""));
}

/* Both halves of x, each rectified, one behind the other. */
static void map_crelu(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0);
    int axis = rq_caffe_axis(b, "concat_axis", 1, rq_ir_builder_require_rank(b, x));
    rq_id negative = rq_emit(b, "Negative-1", RQ_IN(x), "%s", "");
    rq_id both = rq_emit(b, "Concat-1", RQ_IN(x, negative), "axis=%d", axis);
    (void)row;
    rq_ir_builder_set(b, 0, rq_emit(b, "ReLU-1", RQ_IN(both), "%s", ""));
}

/* -1 up to 0, else 1. */
static void map_binarization(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id positive = rq_emit_binary(b, "Greater-1", rq_ir_builder_in(b, 0), scalar(b, 0));
    (void)row;
    rq_ir_builder_set(
        b, 0, rq_emit(b, "Select-1", RQ_IN(positive, scalar(b, 1), scalar(b, -1)), "%s", ""));
}

static const rq_op_mapping_row rows[] = {
    {"", "AbsVal", rq_map_same, "Abs-1"},
    {"", "Axpy", map_axpy, NULL},
    {"", "BNLL", rq_map_same, "SoftPlus-4"},
    {"", "Binarization", map_binarization, NULL},
    {"", "CReLU", map_crelu, NULL},
    {"", "Clip", map_clip, NULL},
    {"", "Dropout", rq_map_identity, NULL},
    {"", "ELU", map_elu, NULL},
    {"", "Eltwise", map_eltwise, NULL},
    {"", "Exp", map_exp, NULL},
    {"", "HSwish", rq_map_same, "HSwish-4"},
    {"", "HardSigmoid", map_hard_sigmoid, NULL},
    {"", "HardSwish", rq_map_same, "HSwish-4"},
    {"", "Log", map_log, NULL},
    {"", "Mish", rq_map_same, "Mish-4"},
    {"", "PReLU", map_prelu, NULL},
    {"", "Power", map_power, NULL},
    {"", "ReLU", map_relu, NULL},
    {"", "ReLU6", map_relu6, NULL},
    {"", "Sigmoid", rq_map_same, "Sigmoid-1"},
    {"", "Swish", map_swish, NULL},
    {"", "TanH", rq_map_same, "Tanh-1"},
    {"", "Threshold", map_threshold, NULL},
};
RQ_OP_MAPPING_GROUP(caffe_activation, rows)
