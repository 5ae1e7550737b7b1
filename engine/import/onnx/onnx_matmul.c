/* ONNX's matrix products. */
#include "engine/import/onnx/onnx_ops.h"

#define MAX_INTEGER_TERMS 128

/* Sums over the last axis but one, [..., K, N] to [..., N]: by ReduceSum OpenVINO rounds as f32
 * does, so few terms are added one by one. */
static rq_id sum_integers(rq_ir_builder *b, rq_id pairs)
{
    const int64_t axis = -2;
    rq_shape shape = rq_ir_builder_shape(b, pairs);
    int64_t terms = shape.rank < 2 ? RQ_DYNAMIC : shape.d[shape.rank - 2];
    if (terms < 1 || terms > MAX_INTEGER_TERMS)
        return rq_emit(b, "ReduceSum-1", RQ_IN(pairs, RQ_EMIT_INTS(b, axis)), "keep_dims=false");
    rq_node *parts = rq_emit_node(b, "Split-1", RQ_IN(pairs, rq_emit_int(b, axis)), (uint32_t)terms,
                                  "num_splits=%d", (int)terms);
    if (!parts) return RQ_NONE;
    rq_id sum = parts->out[0];
    for (uint32_t i = 1; i < parts->n_out; i++)
        sum = rq_emit_binary(b, "Add-1", sum, parts->out[i]);
    return rq_emit_squeeze(b, sum, &axis, 1);
}

/* The IR's product is of real numbers: one product for each pair of integers, then their sums. */
static rq_id multiply_integers(rq_ir_builder *b, rq_id x, rq_id y)
{
    const int64_t front = 0, last = -1, behind = -3;
    int rank_x = rq_ir_builder_require_rank(b, x), rank_y = rq_ir_builder_require_rank(b, y);
    int64_t lost[2];
    size_t n = 0;
    if (rank_x == 1) {
        x = rq_emit_unsqueeze(b, x, &front, 1);
        lost[n++] = -2;
    }
    if (rank_y == 1) {
        y = rq_emit_unsqueeze(b, y, (int64_t[]){1}, 1);
        lost[n++] = -1;
    }
    rq_id sums = sum_integers(b, rq_emit_binary(b, "Multiply-1", rq_emit_unsqueeze(b, x, &last, 1),
                                                rq_emit_unsqueeze(b, y, &behind, 1)));
    return n ? rq_emit_squeeze(b, sums, lost, n) : sums;
}

static bool is_integer(const rq_ir_builder *b, rq_id x)
{
    rq_dtype dtype = rq_ir_builder_dtype(b, x);
    return dtype != RQ_DT_UNDEFINED && !rq_dtype_is_float(dtype);
}

static rq_id multiply(rq_ir_builder *b, rq_id x, rq_id y, bool transpose_x, bool transpose_y)
{
    static const int64_t order[] = {1, 0};
    if (!is_integer(b, x)) return rq_emit_mat_mul(b, x, y, transpose_x, transpose_y);
    if (transpose_x) x = rq_emit_transpose(b, x, order, 2);
    if (transpose_y) y = rq_emit_transpose(b, y, order, 2);
    return multiply_integers(b, x, y);
}

static void map_mat_mul(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    (void)row;
    rq_ir_builder_set(b, 0,
                      multiply(b, rq_ir_builder_in(b, 0), rq_ir_builder_in(b, 1), false, false));
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
    rq_id z = multiply(b, x, y, rq_framework_int(b->node, "transA", 0) != 0,
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
