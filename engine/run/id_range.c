#include "engine/run/id_range.h"

#include "engine/ops/op.h"
#include "engine/ops/operators.h"

#define MAX_DEPTH 16 /* of what makes indices from an input */
/* At layers that make a table from constants, again and again where they are shared: of codes and
 * scales there are a few. */
#define MAX_LOOKS 256

static bool is_constant(const rq_graph *graph, rq_id value, int *looks)
{
    const rq_node *node = value == RQ_NONE ? NULL : rq_value_producer(graph, value);
    if (!node || (*looks)-- == 0) return false;
    if (rq_node_is(node, &rq_op_Const)) return true;
    for (uint32_t i = 0; i < node->n_in; i++)
        if (!is_constant(graph, node->in[i], looks)) return false;
    return node->n_in > 0;
}

/* Through what leaves numbers as they are. */
static bool comes_from(const rq_graph *graph, rq_id value, const rq_node *parameter)
{
    for (int depth = 0; depth < MAX_DEPTH && value != RQ_NONE; depth++) {
        const rq_node *node = rq_value_producer(graph, value);
        if (node == parameter) return true;
        const rq_op *op = node ? rq_node_op(node) : NULL;
        bool keeps = op && (op == &rq_op_Convert || (op->flags & RQ_OP_VIEW));
        value = keeps && node->n_in ? node->in[0] : RQ_NONE;
    }
    return false;
}

/* 0: not known. */
static int64_t count_rows(const rq_graph *graph, const rq_node *gather)
{
    const rq_value *table = graph->values[gather->in[0]], *which = graph->values[gather->in[2]];
    const rq_node *axis = rq_value_producer(graph, gather->in[2]);
    int at;
    if (!rq_node_is(axis, &rq_op_Const) || !axis->data || table->shape.rank < 1) return 0;
    if (rq_axis_normalize(&at, rq_load_i64(axis->data, which->dtype, 0), table->shape.rank,
                          gather->name) != RQ_OK)
        return 0;
    return table->shape.d[at];
}

static bool picks(const rq_graph *graph, const rq_node *node, const rq_node *parameter)
{
    int looks = MAX_LOOKS;
    return node && rq_node_is(node, &rq_op_Gather) && node->n_in == 3 && node->in[0] != RQ_NONE &&
           node->in[1] != RQ_NONE && node->in[2] != RQ_NONE &&
           comes_from(graph, node->in[1], parameter) && is_constant(graph, node->in[0], &looks);
}

rq_id_range rq_id_range_find(const rq_graph *graph, const rq_node *parameter)
{
    rq_id_range range = {INT64_MIN, INT64_MAX, NULL};
    for (size_t i = 0; i < graph->n_nodes; i++) {
        const rq_node *node = graph->nodes[i];
        int64_t rows = picks(graph, node, parameter) ? count_rows(graph, node) : 0;
        if (rows < 1) continue;
        int64_t low = rq_node_version(node) >= 8 ? -rows : 0;
        if (low > range.low) range.low = low;
        if (rows - 1 < range.high) range.high = rows - 1;
        range.picker = node->name;
    }
    return range;
}
