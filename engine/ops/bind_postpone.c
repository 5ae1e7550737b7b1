/* Weights that are stored as integers, as numbers: four or eight times as large as what integer
 * kernels read, so they are made for those who ask. */
#include "engine/ops/bind_parts.h"
#include "engine/ops/operators.h"
#include "engine/ops/quantized_pattern.h"

#include <stdlib.h>

static const rq_node *only_reader(const rq_binder *b, const rq_node *node)
{
    size_t first = b->uses.first[node->out[0]], end = b->uses.first[node->out[0] + 1];
    return end - first == 1 ? b->bound->graph->nodes[b->uses.uses[first].node] : NULL;
}

/* The Multiply that a Convert, a Subtract or the Multiply itself belongs to; NULL: none. */
static const rq_node *scaling_of(const rq_binder *b, const rq_node *node)
{
    if (rq_node_is(node, &rq_op_Convert)) node = only_reader(b, node);
    if (node && rq_node_is(node, &rq_op_Subtract)) node = only_reader(b, node);
    return node && rq_node_is(node, &rq_op_Multiply) ? node : NULL;
}

/* Known before anything is folded: in the file, perhaps in half precision. */
static bool is_stored(const rq_graph *graph, rq_id value)
{
    const rq_node *node = rq_value_producer(graph, value);
    if (rq_node_is(node, &rq_op_Convert)) node = rq_value_producer(graph, node->in[0]);
    return rq_node_is(node, &rq_op_Const);
}

static bool is_pattern_of_constants(const rq_quantized_pattern *pattern, const rq_graph *graph)
{
    return rq_node_is(rq_value_producer(graph, pattern->codes), &rq_op_Const) &&
           is_stored(graph, pattern->scale) &&
           (pattern->zero_point == RQ_NONE || is_stored(graph, pattern->zero_point));
}

static bool is_read_as_weights(const rq_binder *b, rq_id value)
{
    size_t first = b->uses.first[value], end = b->uses.first[value + 1];
    for (size_t u = first; u < end; u++) {
        const rq_op *op = rq_node_op(b->bound->graph->nodes[b->uses.uses[u].node]);
        if (op->role != RQ_ROLE_WEIGHTED) return false;
    }
    return end > first;
}

bool rq_bind_postpones(const rq_binder *b, const rq_node *node)
{
    const rq_graph *graph = b->bound->graph;
    const rq_node *multiply = scaling_of(b, node);
    rq_quantized_pattern pattern;
    if (!multiply || !rq_quantized_pattern_find(&pattern, graph, multiply)) return false;
    if (!is_pattern_of_constants(&pattern, graph)) return false;
    const rq_tensor *codes = &b->bound->values[pattern.codes];
    return rq_tensor_count(codes) * sizeof(float) > RQ_SMALL_FOLDED &&
           is_read_as_weights(b, multiply->out[0]);
}

static void drop(rq_bound *bound, rq_id value)
{
    free(bound->folded_data[value]);
    bound->folded_data[value] = NULL;
    bound->values[value].data = NULL;
}

/* What is postponed has one input that is, too, at most, and is its only reader. */
rq_status rq_bound_fold(rq_bound *bound, rq_id value)
{
    const rq_node *node = rq_value_producer(bound->graph, value);
    rq_tensor in[2], *out = &bound->values[value];
    if (out->data || !bound->nodes[node->id].postponed) return RQ_OK;
    for (uint32_t i = 0; i < node->n_in; i++) {
        RQ_TRY(rq_bound_fold(bound, node->in[i]));
        in[i] = bound->values[node->in[i]];
    }
    RQ_TRY(rq_bind_compute(bound, node, in, out));
    for (uint32_t i = 0; i < node->n_in; i++)
        if (bound->nodes[rq_value_producer(bound->graph, node->in[i])->id].postponed)
            drop(bound, node->in[i]);
    return RQ_OK;
}

rq_status rq_bound_fold_all(rq_bound *bound)
{
    for (size_t i = 0; i < bound->n_order; i++) {
        const rq_node *node = bound->graph->nodes[bound->order[i]];
        if (rq_node_is(node, &rq_op_Multiply)) RQ_TRY(rq_bound_fold(bound, node->out[0]));
    }
    return RQ_OK;
}
