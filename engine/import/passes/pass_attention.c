/* softmax(Q K^T * scale + mask) V, spelled out, as ScaledDotProductAttention. */
#include "engine/import/pass.h"

#include "engine/ops/common/mat_mul.h"

typedef struct attention {
    rq_id q, k, v, mask;
    double scale;
} attention;

/* K, when value is its transpose in the last two axes. */
static rq_id transposed(const rq_pass *p, rq_id value)
{
    int64_t order[RQ_MAX_RANK];
    size_t n;
    const rq_node *node = rq_pass_producer(p, value, &rq_op_Transpose);
    if (!node || node->n_in != 2 ||
        !rq_ir_builder_ints(p->b, node->in[1], order, RQ_MAX_RANK, &n) || n < 3 ||
        order[n - 1] != (int64_t)n - 2 || order[n - 2] != (int64_t)n - 1)
        return RQ_NONE;
    for (size_t i = 0; i + 2 < n; i++)
        if (order[i] != (int64_t)i) return RQ_NONE;
    return node->in[0];
}

static bool match_scores(attention *a, const rq_pass *p, rq_id value)
{
    const rq_node *product = rq_pass_producer(p, value, &rq_op_MatMul);
    const rq_mat_mul_attrs *attrs = product ? rq_pass_attrs(p, product) : NULL;
    if (!product || attrs->transpose_a || rq_pass_uses(p, value) != 1) return false;
    a->q = product->in[0];
    a->k = attrs->transpose_b ? product->in[1] : transposed(p, product->in[1]);
    return a->k != RQ_NONE;
}

/* Takes `+ mask` and `* scale` off, in this order. */
static bool match_logits(attention *a, const rq_pass *p, rq_id value)
{
    const rq_node *node = rq_pass_producer(p, value, &rq_op_Add);
    a->mask = RQ_NONE;
    a->scale = 1.0;
    if (node && rq_pass_uses(p, value) == 1) {
        int rank = rq_ir_builder_rank(p->b, node->in[1]);
        if (rank < 2 || rank > 4) return false;
        a->mask = node->in[1];
        value = node->in[0];
    }
    node = rq_pass_producer(p, value, &rq_op_Multiply);
    int side = node ? rq_pass_constant_side(p, node) : -1;
    if (side >= 0 && rq_pass_uses(p, value) == 1 &&
        rq_tensor_count(rq_ir_builder_const(p->b, node->in[side])) == 1) {
        a->scale = rq_ir_builder_number(p->b, node->in[side], 1.0);
        value = node->in[1 - side];
    }
    return match_scores(a, p, value);
}

static bool match(attention *a, const rq_pass *p, const rq_node *product)
{
    const rq_node *softmax = rq_pass_producer(p, product->in[0], &rq_op_SoftMax);
    const rq_mat_mul_attrs *attrs = rq_pass_attrs(p, product);
    if (!softmax || attrs->transpose_a || attrs->transpose_b ||
        rq_pass_uses(p, product->in[0]) != 1)
        return false;
    int64_t axis = rq_pass_int(p, softmax, "axis");
    int rank = rq_ir_builder_rank(p->b, softmax->out[0]);
    if ((rank != 3 && rank != 4) || (axis != -1 && axis != rank - 1)) return false;
    a->v = product->in[1];
    return match_logits(a, p, softmax->in[0]) && rq_ir_builder_rank(p->b, a->q) == rank &&
           rq_ir_builder_rank(p->b, a->k) == rank && rq_ir_builder_rank(p->b, a->v) == rank &&
           !rq_ir_builder_const(p->b, a->k);
}

static void fuse(rq_pass *p, rq_node *product)
{
    attention a;
    if (!match(&a, p, product)) return;
    rq_dtype dtype = rq_ir_builder_dtype(p->b, a.q);
    rq_id mask = a.mask == RQ_NONE ? rq_emit_scalar(p->b, dtype, 0.0) : a.mask;
    rq_id scale = rq_emit_scalar(p->b, dtype, a.scale);
    rq_pass_replace(p, product,
                    rq_emit(p->b, "ScaledDotProductAttention-13", RQ_IN(a.q, a.k, a.v, mask, scale),
                            "causal=false"));
}

static void run(rq_pass *p)
{
    for (size_t i = 0; i < p->graph->n_nodes; i++) {
        rq_node *node = rq_pass_node(p, i, &rq_op_MatMul);
        if (node) fuse(p, node);
    }
}

const rq_pass_row rq_pass_attention = {"attention", "softmax(Q K^T) V as ScaledDotProductAttention",
                                       run, true};
