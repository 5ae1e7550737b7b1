/* Transposes of the last two axes into the product that reads them. */
#include "engine/import/pass.h"

static bool swaps_last(const rq_pass *p, const rq_node *transpose)
{
    int64_t order[RQ_MAX_RANK];
    size_t n;
    if (transpose->n_in != 2 ||
        !rq_ir_builder_ints(p->b, transpose->in[1], order, RQ_MAX_RANK, &n) || n < 2 ||
        order[n - 1] != (int64_t)n - 2 || order[n - 2] != (int64_t)n - 1)
        return false;
    for (size_t i = 0; i + 2 < n; i++)
        if (order[i] != (int64_t)i) return false;
    return true;
}

static void absorb(rq_pass *p, rq_node *product)
{
    static const char *const names[] = {"transpose_a", "transpose_b"};
    for (uint32_t side = 0; side < 2; side++) {
        const rq_node *transpose = rq_pass_producer(p, product->in[side], &rq_op_Transpose);
        if (!transpose || rq_pass_uses(p, transpose->out[0]) != 1 || !swaps_last(p, transpose))
            continue;
        bool now = rq_pass_int(p, product, names[side]);
        rq_pass_set_attr(p, product, names[side], now ? "false" : "true");
        rq_pass_set_input(p, product, side, transpose->in[0]);
    }
}

static void run(rq_pass *p)
{
    for (size_t i = 0; i < p->graph->n_nodes; i++) {
        rq_node *node = rq_pass_node(p, i, &rq_op_MatMul);
        if (node) absorb(p, node);
    }
}

const rq_pass_row rq_pass_transpose = {"transpose", "Transpose folded into MatMul", run, true};
