/* Rows put together for a product with a matrix, and taken apart behind it: the product of what was
 * there before. So Keras' Dense and TensorFlow's tensordot have it. */
#include "engine/import/pass.h"

/* x [..., C] behind a reshape to [rows, C] */
static rq_id rows_of(const rq_pass *p, rq_id value)
{
    const rq_node *node = rq_pass_producer(p, value, &rq_op_Reshape);
    rq_shape rows = rq_ir_builder_shape(p->b, value);
    if (!node || rows.rank != 2) return RQ_NONE;
    rq_shape x = rq_ir_builder_shape(p->b, node->in[0]);
    return x.rank > 2 && x.d[x.rank - 1] > 0 && x.d[x.rank - 1] == rows.d[1] ? node->in[0]
                                                                             : RQ_NONE;
}

/* The product's only reader gives the rows the shape of x again, but for the last axis. */
static rq_node *reshape_back(const rq_pass *p, const rq_node *product, rq_id x)
{
    const rq_use *use = rq_pass_only_use(p, product->out[0]);
    rq_node *node = use && use->port == 0 ? p->graph->nodes[use->node] : NULL;
    rq_shape before = rq_ir_builder_shape(p->b, x);
    if (!rq_node_is(node, &rq_op_Reshape)) return NULL;
    rq_shape after = rq_ir_builder_shape(p->b, node->out[0]);
    rq_shape rows = rq_ir_builder_shape(p->b, product->out[0]);
    if (after.rank != before.rank || rows.rank != 2 || rows.d[1] < 1 ||
        after.d[after.rank - 1] != rows.d[1])
        return NULL;
    for (int i = 0; i + 1 < before.rank; i++)
        if (!rq_pass_same_dim(p, x, i, node->out[0], i)) return NULL;
    return node;
}

static void fuse(rq_pass *p, rq_node *product)
{
    rq_shape weights = rq_ir_builder_shape(p->b, product->in[1]);
    rq_id x = rows_of(p, product->in[0]);
    if (x == RQ_NONE || weights.rank != 2 || rq_pass_int(p, product, "transpose_a")) return;
    rq_node *back = reshape_back(p, product, x);
    if (!back) return;
    rq_id y =
        rq_emit_mat_mul(p->b, x, product->in[1], false, rq_pass_int(p, product, "transpose_b"));
    rq_pass_replace(p, back, y);
    rq_pass_take_name(p, rq_value_producer(p->graph, y), product);
}

static void run(rq_pass *p)
{
    for (size_t i = 0; i < p->graph->n_nodes; i++) {
        rq_node *node = rq_pass_node(p, i, &rq_op_MatMul);
        if (node) fuse(p, node);
    }
}

const rq_pass_row rq_pass_product = {"product", "rows of a product left in their tensor", run,
                                     true};
