/* ONNX's matrix products. */
#include "engine/import/onnx/onnx_ops.h"

static rq_id mat_mul(rq_ir_builder *b, rq_id x, rq_id y, bool transpose_a, bool transpose_b)
{
    return rq_emit(b, "MatMul-1", RQ_IN(x, y), "transpose_a=%s;transpose_b=%s",
                   rq_bool_text(transpose_a), rq_bool_text(transpose_b));
}

static void map_mat_mul(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    (void)row;
    rq_ir_builder_set(b, 0,
                      mat_mul(b, rq_ir_builder_in(b, 0), rq_ir_builder_in(b, 1), false, false));
}

static rq_id scaled(rq_ir_builder *b, rq_id x, double factor)
{
    return factor == 1.0 ? x : rq_emit_binary(b, "Multiply-1", x, rq_onnx_like(b, x, factor));
}

/* alpha A B + beta C. Constant factors are folded into B and C. */
rq_id rq_onnx_gemm(rq_ir_builder *b)
{
    rq_id x = rq_ir_builder_in(b, 0), y = rq_ir_builder_in(b, 1);
    double alpha = rq_framework_float(b->node, "alpha", 1.0);
    double beta = rq_framework_float(b->node, "beta", 1.0);
    bool foldable = rq_ir_builder_const(b, y) != NULL;
    if (b->source->opset < 7) x = rq_onnx_flatten(b, x, 1);
    if (foldable) y = scaled(b, y, alpha);
    rq_id z = mat_mul(b, x, y, rq_framework_int(b->node, "transA", 0) != 0,
                      rq_framework_int(b->node, "transB", 0) != 0);
    if (!foldable) z = scaled(b, z, alpha);
    if (rq_ir_builder_has(b, 2) && beta != 0.0)
        z = rq_emit_binary(b, "Add-1", z, scaled(b, rq_ir_builder_in(b, 2), beta));
    return z;
}

static void map_gemm(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    (void)row;
    rq_ir_builder_set(b, 0, rq_onnx_gemm(b));
}

/* Without the blanks, which the IR does not allow. */
static const char *equation(rq_ir_builder *b)
{
    const char *text = rq_framework_string(b->node, "equation", "");
    char *kept = rq_arena_strdup(b->arena, text), *to = kept;
    if (!kept) b->status = RQ_ENOMEM;
    for (; kept && *text; text++)
        if (*text != ' ') *to++ = *text;
    if (to) *to = '\0';
    return kept ? kept : "";
}

static void map_einsum(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    size_t n = b->node->n_in;
    rq_id *in = rq_arena_alloc(b->arena, n, sizeof *in);
    (void)row;
    if (!in) b->status = RQ_ENOMEM;
    for (size_t i = 0; in && i < n; i++) in[i] = rq_ir_builder_in(b, i);
    rq_ir_builder_set(b, 0, rq_emit(b, "Einsum-7", in, n, "equation=%s", equation(b)));
}

static const rq_op_mapping_row rows[] = {
    {"", "Einsum", map_einsum, NULL},
    {"", "Gemm", map_gemm, NULL},
    {"", "MatMul", map_mat_mul, NULL},
};
RQ_OP_MAPPING_GROUP(onnx_matmul, rows)
