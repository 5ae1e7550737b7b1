/* ONNX's activation functions. */
#include "engine/import/onnx/onnx_ops.h"

#include <string.h>

static void map_leaky_relu(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    float slope = (float)rq_framework_float(b->node, "alpha", 0.01);
    rq_id x = rq_ir_builder_in(b, 0);
    rq_id slopes = rq_emit_floats(b, &slope, &(rq_shape){1, {1}});
    (void)row;
    slopes = rq_emit_convert(b, slopes, rq_ir_builder_dtype(b, x));
    rq_ir_builder_set(b, 0, rq_emit(b, "PReLU-1", RQ_IN(x, slopes), "%s", ""));
}

/* The IR takes a row of slopes as one per channel; ONNX since opset 7 as one per last index. */
static void map_prelu(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0), slopes = rq_ir_builder_in(b, 1);
    int rank = rq_ir_builder_rank(b, x);
    int64_t axes[RQ_MAX_RANK];
    rq_shape shape = rq_ir_builder_shape(b, slopes);
    size_t n = 0;
    (void)row;
    if (shape.rank == 1 && shape.d[0] != 1 && rank > 2 && b->source->opset >= 7)
        for (int i = 1; i < rank; i++) axes[n++] = i - 1;
    slopes = rq_emit_unsqueeze(b, slopes, axes, n);
    rq_ir_builder_set(b, 0, rq_emit(b, "PReLU-1", RQ_IN(x, slopes), "%s", ""));
}

static void map_elu(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    (void)row;
    rq_ir_builder_set(b, 0,
                      rq_emit(b, "Elu-1", RQ_IN(rq_ir_builder_in(b, 0)), "alpha=%.9g",
                              rq_framework_float(b->node, "alpha", 1.0)));
}

/* max(0,x) + min(0, a(exp(x/a) - 1)) */
static void map_celu(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0);
    rq_id alpha = rq_onnx_like(b, x, rq_framework_float(b->node, "alpha", 1.0));
    rq_id y = rq_emit(b, "Elu-1", RQ_IN(rq_emit_binary(b, "Divide-1", x, alpha)), "alpha=1.0");
    (void)row;
    rq_ir_builder_set(b, 0, rq_emit_binary(b, "Multiply-1", y, alpha));
}

/* An operator whose two parameters are inputs in the IR. */
static void with_parameters(rq_ir_builder *b, const char *type, double first, double second)
{
    rq_id x = rq_ir_builder_in(b, 0);
    rq_ir_builder_set(b, 0,
                      rq_emit(b, type,
                              RQ_IN(x, rq_onnx_like(b, x, first), rq_onnx_like(b, x, second)), "%s",
                              ""));
}

static void map_selu(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    with_parameters(b, row->ir, rq_framework_float(b->node, "alpha", 1.67326319217681884765625),
                    rq_framework_float(b->node, "gamma", 1.05070102214813232421875));
}

static void map_hard_sigmoid(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    with_parameters(b, row->ir, rq_framework_float(b->node, "alpha", 0.2),
                    rq_framework_float(b->node, "beta", 0.5));
}

static void map_thresholded_relu(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0);
    rq_id above = rq_emit_binary(b, "Greater-1", x,
                                 rq_onnx_like(b, x, rq_framework_float(b->node, "alpha", 1.0)));
    (void)row;
    rq_ir_builder_set(
        b, 0,
        rq_emit(b, "Select-1", RQ_IN(above, x, rq_onnx_like(b, x, 0.0)), "auto_broadcast=numpy"));
}

/* x < -l: x + bias; x > l: x - bias; else 0. In f32, as ONNX's integers here are small. */
static void map_shrink(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0);
    double limit = rq_framework_float(b->node, "lambd", 0.5);
    double bias = rq_framework_float(b->node, "bias", 0.0);
    rq_id zero = rq_onnx_like(b, x, 0.0), amount = rq_onnx_like(b, x, bias);
    rq_id below = rq_emit_binary(b, "Less-1", x, rq_onnx_like(b, x, -limit));
    rq_id above = rq_emit_binary(b, "Greater-1", x, rq_onnx_like(b, x, limit));
    rq_id high =
        rq_emit(b, "Select-1", RQ_IN(above, rq_emit_binary(b, "Subtract-1", x, amount), zero),
                "auto_broadcast=numpy");
    (void)row;
    rq_ir_builder_set(b, 0,
                      rq_emit(b, "Select-1",
                              RQ_IN(below, rq_emit_binary(b, "Add-1", x, amount), high),
                              "auto_broadcast=numpy"));
}

static void map_gelu(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    bool tanh = !strcmp(rq_framework_string(b->node, "approximate", "none"), "tanh");
    rq_ir_builder_set(b, 0,
                      rq_emit(b, row->ir, RQ_IN(rq_ir_builder_in(b, 0)), "approximation_mode=%s",
                              tanh ? "TANH" : "ERF"));
}

/* Swish(x) = x sigmoid(alpha x) */
static void map_swish(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0);
    double alpha = rq_framework_float(b->node, "alpha", 1.0);
    rq_id beta = alpha == 1.0 ? RQ_NONE : rq_onnx_like(b, x, alpha);
    rq_ir_builder_set(b, 0, rq_emit(b, row->ir, RQ_IN(x, beta), "%s", ""));
}

static void map_swiglu(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0);
    rq_id alpha = rq_onnx_like(b, x, rq_framework_float(b->node, "alpha", 1.0));
    rq_id y = rq_emit(b, row->ir, RQ_IN(x, alpha), "%s", "");
    rq_ir_builder_set(b, 0, rq_emit_binary(b, "Multiply-1", y, rq_ir_builder_in(b, 1)));
}

/* -- of opsets before 10, experimental ------------------------------------------------------- */

static rq_id times(rq_ir_builder *b, rq_id x, const char *name)
{
    return rq_emit_binary(b, "Multiply-1", x,
                          rq_onnx_like(b, x, rq_framework_float(b->node, name, 1.0)));
}

/* alpha f(beta x) */
static void map_scaled(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = times(b, rq_ir_builder_in(b, 0), "beta");
    rq_ir_builder_set(b, 0, times(b, rq_emit(b, row->ir, RQ_IN(x), "%s", ""), "alpha"));
}

static void map_affine(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = times(b, rq_ir_builder_in(b, 0), "alpha");
    rq_id beta = rq_onnx_like(b, x, rq_framework_float(b->node, "beta", 0.0));
    (void)row;
    rq_ir_builder_set(b, 0, rq_emit_binary(b, "Add-1", x, beta));
}

/* -- normalised over an axis ----------------------------------------------------------------- */

/* Before opset 13, over all axes from `axis` on. */
static rq_id old_softmax(rq_ir_builder *b, const char *type, rq_id x, int64_t axis)
{
    rq_id y = rq_emit(b, type, RQ_IN(rq_onnx_flatten(b, x, axis)), "axis=1");
    return rq_emit(b, "Reshape-1", RQ_IN(y, rq_emit_shape_of(b, x)), "special_zero=false");
}

static void map_softmax(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0);
    bool old = b->source->opset < 13;
    int64_t axis = rq_framework_int(b->node, "axis", old ? 1 : -1);
    int rank = rq_ir_builder_rank(b, x);
    if (rank >= 0) axis = rq_onnx_axis(axis, rank);
    if (old && axis != -1 && axis != rank - 1)
        rq_ir_builder_set(b, 0, old_softmax(b, row->ir, x, axis));
    else
        rq_ir_builder_set(b, 0, rq_emit(b, row->ir, RQ_IN(x), "axis=%d", (int)axis));
}

/* 1 where the largest is, the first of equals. */
static rq_id hardmax(rq_ir_builder *b, rq_id x, int64_t axis)
{
    rq_node *top =
        rq_emit_node(b, "TopK-11", RQ_IN(x, rq_emit_int(b, 1)), 2,
                     "axis=%d;mode=max;sort=value;stable=true;index_element_type=i64", (int)axis);
    if (!top) return RQ_NONE;
    rq_id index = rq_emit_squeeze(b, top->out[1], &axis, 1);
    return rq_emit(
        b, "OneHot-1",
        RQ_IN(index, rq_onnx_dim(b, x, axis), rq_onnx_like(b, x, 1.0), rq_onnx_like(b, x, 0.0)),
        "axis=%d", (int)axis);
}

static void map_hardmax(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0);
    bool old = b->source->opset < 13;
    int rank = rq_ir_builder_require_rank(b, x);
    int64_t axis = rq_onnx_axis(rq_framework_int(b->node, "axis", old ? 1 : -1), rank);
    (void)row;
    if (!old) {
        rq_ir_builder_set(b, 0, hardmax(b, x, axis));
        return;
    }
    rq_id y = hardmax(b, rq_onnx_flatten(b, x, axis), 1);
    rq_ir_builder_set(
        b, 0, rq_emit(b, "Reshape-1", RQ_IN(y, rq_emit_shape_of(b, x)), "special_zero=false"));
}

static const rq_op_mapping_row rows[] = {
    {"", "Affine", map_affine, NULL},
    {"", "Celu", map_celu, NULL},
    {"", "Elu", map_elu, NULL},
    {"", "Gelu", map_gelu, "Gelu-7"},
    {"", "HardSigmoid", map_hard_sigmoid, "HardSigmoid-1"},
    {"", "HardSwish", rq_map_same, "HSwish-4"},
    {"", "Hardmax", map_hardmax, NULL},
    {"", "LeakyRelu", map_leaky_relu, NULL},
    {"", "LogSoftmax", map_softmax, "LogSoftmax-5"},
    {"", "Mish", rq_map_same, "Mish-4"},
    {"", "PRelu", map_prelu, NULL},
    {"", "ParametricSoftplus", map_scaled, "SoftPlus-4"},
    {"", "Relu", rq_map_same, "ReLU-1"},
    {"", "ScaledTanh", map_scaled, "Tanh-1"},
    {"", "Selu", map_selu, "Selu-1"},
    {"", "Shrink", map_shrink, NULL},
    {"", "Sigmoid", rq_map_same, "Sigmoid-1"},
    {"", "Softmax", map_softmax, "SoftMax-8"},
    {"", "Softplus", rq_map_same, "SoftPlus-4"},
    {"", "Softsign", rq_map_same, "SoftSign-9"},
    {"", "SwiGLU", map_swiglu, "Swish-4"},
    {"", "Swish", map_swish, "Swish-4"},
    {"", "Tanh", rq_map_same, "Tanh-1"},
    {"", "ThresholdedRelu", map_thresholded_relu, NULL},
};
RQ_OP_MAPPING_GROUP(onnx_activation, rows)
