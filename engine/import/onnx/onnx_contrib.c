/* ONNX Runtime's own operators (com.microsoft), which its optimizer fuses others into. */
#include "engine/import/normalize.h"
#include "engine/import/onnx/onnx_ops.h"

#include <string.h>

/* -- activations ----------------------------------------------------------------------------- */

/* row->ir: the approximation. Input 1, if any, is added first. */
static void map_gelu(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_onnx_add_input(b, rq_ir_builder_in(b, 0), 1);
    rq_ir_builder_set(b, 0, rq_emit(b, "Gelu-7", RQ_IN(x), "approximation_mode=%s", row->ir));
}

static void map_quick_gelu(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0);
    rq_id alpha = rq_onnx_like(b, x, rq_framework_float(b->node, "alpha", 1.702));
    (void)row;
    rq_ir_builder_set(b, 0, rq_emit(b, "Swish-4", RQ_IN(x, alpha), "%s", ""));
}

static double parameter(rq_ir_builder *b, size_t i, double fallback)
{
    static const char *const names[] = {"activation_alpha", "activation_beta"};
    const rq_framework_attr *list = rq_framework_find_attr(b->node, "activation_params");
    double value = rq_framework_float(b->node, names[i], fallback);
    rq_framework_number(&value, list, i);
    return value;
}

/* The activation that a fused layer ends in, by ONNX's name. */
static rq_id activate(rq_ir_builder *b, rq_id x)
{
    static const struct {
        const char *onnx, *ir;
    } plain[] = {{"Relu", "ReLU-1"},
                 {"Tanh", "Tanh-1"},
                 {"Sigmoid", "Sigmoid-1"},
                 {"HardSwish", "HSwish-4"}};
    const char *name = rq_framework_string(b->node, "activation", "");
    if (!*name) return x;
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
        if (!strcmp(name, plain[i].onnx)) return rq_emit(b, plain[i].ir, RQ_IN(x), "%s", "");
    if (!strcmp(name, "Clip"))
        return rq_emit(b, "Clamp-1", RQ_IN(x), "min=%.9g;max=%.9g", parameter(b, 0, -3.4e38),
                       parameter(b, 1, 3.4e38));
    if (!strcmp(name, "LeakyRelu"))
        return rq_emit(b, "PReLU-1", RQ_IN(x, rq_onnx_like(b, x, parameter(b, 0, 0.01))), "%s", "");
    if (!strcmp(name, "HardSigmoid"))
        return rq_emit(b, "HardSigmoid-1",
                       RQ_IN(x, rq_onnx_like(b, x, parameter(b, 0, 0.2)),
                             rq_onnx_like(b, x, parameter(b, 1, 0.5))),
                       "%s", "");
    rq_ir_builder_unmapped(b, "the activation %s", name);
    return RQ_NONE;
}

/* -- layers ---------------------------------------------------------------------------------- */

/* Input 3 is added before the activation. */
static void map_fused_conv(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0), y = rq_onnx_convolve(b, x, rq_ir_builder_in(b, 1));
    (void)row;
    y = rq_onnx_add_bias(b, y, 2, rq_ir_builder_rank(b, y));
    rq_ir_builder_set(b, 0, activate(b, rq_onnx_add_input(b, y, 3)));
}

static void map_fused_gemm(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    (void)row;
    rq_ir_builder_set(b, 0, activate(b, rq_onnx_gemm(b)));
}

/* The last two axes, or with transBatch all of the first ones behind the next but last. */
static rq_id fused_operand(rq_ir_builder *b, size_t i, const char *batch)
{
    rq_id x = rq_ir_builder_in(b, i);
    int64_t order[RQ_MAX_RANK];
    if (!rq_framework_int(b->node, batch, 0)) return x;
    int rank = rq_ir_builder_require_rank(b, x);
    for (int k = 0; k + 2 < rank; k++) order[k] = k + 1;
    if (rank < 2) return x;
    order[rank - 2] = 0;
    order[rank - 1] = rank - 1;
    return rq_emit_transpose(b, x, order, (size_t)rank);
}

static void map_fused_mat_mul(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    double alpha = rq_framework_float(b->node, "alpha", 1.0);
    (void)row;
    rq_id x = fused_operand(b, 0, "transBatchA"), w = fused_operand(b, 1, "transBatchB");
    rq_id y = rq_emit_mat_mul(b, x, w, rq_framework_int(b->node, "transA", 0) != 0,
                              rq_framework_int(b->node, "transB", 0) != 0);
    if (alpha != 1.0) y = rq_emit_binary(b, "Multiply-1", y, rq_onnx_like(b, y, alpha));
    rq_ir_builder_set(b, 0, y);
}

/* [N, S, C] + bias [C] + skip. */
static void map_bias_add(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    (void)row;
    rq_ir_builder_set(b, 0,
                      rq_onnx_add_input(b, rq_onnx_add_input(b, rq_ir_builder_in(b, 0), 1), 2));
}

/* -- normalization --------------------------------------------------------------------------- */

/* x normalized over its last axis: by its root mean square, or its mean and variance, too. */
static rq_id normalize(rq_ir_builder *b, rq_id x, bool simple, size_t gamma, size_t beta)
{
    rq_id axis = RQ_EMIT_INTS(b, -1), y;
    double epsilon = rq_framework_float(b->node, "epsilon", 1e-12);
    if (simple) {
        rq_id squares = rq_emit_binary(b, "Multiply-1", x, x);
        rq_id mean = rq_emit(b, "ReduceMean-1", RQ_IN(squares, axis), "keep_dims=true");
        mean = rq_emit_binary(b, "Add-1", mean, rq_onnx_like(b, x, epsilon));
        y = rq_emit_binary(b, "Divide-1", x, rq_emit(b, "Sqrt-1", RQ_IN(mean), "%s", ""));
    } else {
        y = rq_emit_mvn(b, x, axis, epsilon);
    }
    y = rq_emit_binary(b, "Multiply-1", y, rq_ir_builder_in(b, gamma));
    return simple ? y : rq_onnx_add_input(b, y, beta);
}

/* Input + skip (+ bias), which is output 3, normalized. row->ir: "simple" without mean and beta. */
static void map_skip_norm(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    bool simple = row->ir != NULL;
    rq_id sum = rq_onnx_add_input(b, rq_ir_builder_in(b, 0), 1);
    sum = rq_onnx_add_input(b, sum, simple ? 3 : 4);
    if (rq_ir_builder_wants(b, 1) || rq_ir_builder_wants(b, 2)) {
        rq_ir_builder_unmapped(b, "mean and variance as outputs");
        return;
    }
    rq_ir_builder_set(b, 0, normalize(b, sum, simple, 2, 3));
    if (rq_ir_builder_wants(b, 3)) rq_ir_builder_set(b, 3, sum);
}

static rq_id embed(rq_ir_builder *b, size_t table, rq_id index)
{
    return rq_emit_gather(b, rq_ir_builder_in(b, table), index, 0);
}

/* Words, segments, tables of words, positions and segments, gamma, beta, mask, positions. */
static void map_embed_norm(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id words = rq_ir_builder_in(b, 0), positions = rq_ir_builder_in(b, 8);
    (void)row;
    if (positions == RQ_NONE) positions = rq_emit_count_up(b, rq_onnx_dim(b, words, 1));
    rq_id sum = rq_emit_binary(b, "Add-1", embed(b, 2, words), embed(b, 3, positions));
    if (rq_ir_builder_has(b, 1) && rq_ir_builder_has(b, 4))
        sum = rq_emit_binary(b, "Add-1", sum, embed(b, 4, rq_ir_builder_in(b, 1)));
    rq_ir_builder_set(b, 0, normalize(b, sum, false, 5, 6));
    if (rq_ir_builder_wants(b, 1) && rq_ir_builder_has(b, 7)) {
        rq_id mask = rq_emit_convert(b, rq_ir_builder_in(b, 7), RQ_DT_I32);
        rq_ir_builder_set(
            b, 1, rq_emit(b, "ReduceSum-1", RQ_IN(mask, RQ_EMIT_INTS(b, 1)), "keep_dims=false"));
    } else if (rq_ir_builder_wants(b, 1)) {
        rq_id none = rq_emit_scalar(b, RQ_DT_I32, 0), batch = rq_onnx_dim(b, words, 0);
        batch = rq_emit_reshape(b, batch, (int64_t[]){1}, 1);
        rq_ir_builder_set(b, 1, rq_emit(b, "Broadcast-3", RQ_IN(none, batch), "mode=numpy"));
    }
    if (rq_ir_builder_wants(b, 2)) rq_ir_builder_set(b, 2, sum);
}

/* -- others ---------------------------------------------------------------------------------- */

static void map_expand_dims(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    (void)row;
    rq_ir_builder_set(
        b, 0,
        rq_emit(b, "Unsqueeze-1", RQ_IN(rq_ir_builder_in(b, 0), rq_ir_builder_in(b, 1)), "%s", ""));
}

static void map_inverse(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    (void)row;
    rq_ir_builder_set(b, 0,
                      rq_emit(b, "Inverse-14", RQ_IN(rq_ir_builder_in(b, 0)), "adjoint=false"));
}

static const rq_op_mapping_row rows[] = {
    {"com.microsoft", "BiasAdd", map_bias_add, NULL},
    {"com.microsoft", "BiasGelu", map_gelu, "ERF"},
    {"com.microsoft", "EmbedLayerNormalization", map_embed_norm, NULL},
    {"com.microsoft", "ExpandDims", map_expand_dims, NULL},
    {"com.microsoft", "FastGelu", map_gelu, "TANH"},
    {"com.microsoft", "FusedConv", map_fused_conv, NULL},
    {"com.microsoft", "FusedGemm", map_fused_gemm, NULL},
    {"com.microsoft", "FusedMatMul", map_fused_mat_mul, NULL},
    {"com.microsoft", "Gelu", map_gelu, "ERF"},
    {"com.microsoft", "Inverse", map_inverse, NULL},
    {"com.microsoft", "QuickGelu", map_quick_gelu, NULL},
    {"com.microsoft", "SkipLayerNormalization", map_skip_norm, NULL},
    {"com.microsoft", "SkipSimplifiedLayerNormalization", map_skip_norm, "simple"},
    {"com.microsoft", "TransposeMatMul", map_fused_mat_mul, NULL},
};
RQ_OP_MAPPING_GROUP(onnx_contrib, rows)
