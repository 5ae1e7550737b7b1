/* Weights that are stored as integers, as numbers: four or eight times as large as what integer
 * kernels read, so they are made for those who ask. */
#include "engine/ops/bind_parts.h"
#include "engine/ops/operators.h"
#include "engine/ops/quantized_pattern.h"

static const rq_node *only_reader(const rq_binder *b, rq_id value)
{
    const rq_use *only = rq_uses_only(&b->uses, value);
    return only ? b->bound->graph->nodes[only->node] : NULL;
}

/* The node, or the first Multiply at most two behind it, if nothing else reads what lies between;
 * NULL: there is none. How many outputs readers have is not checked yet. */
static const rq_node *multiply_behind(const rq_binder *b, const rq_node *node)
{
    for (int i = 0; i < 2 && node && !rq_node_is(node, &rq_op_Multiply); i++)
        node = node->n_out ? only_reader(b, node->out[0]) : NULL;
    return rq_node_is(node, &rq_op_Multiply) && node->n_out ? node : NULL;
}

static bool is_const(const rq_graph *graph, rq_id value)
{
    return value != RQ_NONE && rq_node_is(rq_value_producer(graph, value), &rq_op_Const);
}

/* Known before anything is folded: in the file, perhaps in half precision. */
static bool is_stored(const rq_graph *graph, rq_id value)
{
    if (value == RQ_NONE || is_const(graph, value)) return value != RQ_NONE;
    const rq_node *node = rq_value_producer(graph, value);
    return rq_node_is(node, &rq_op_Convert) && node->n_in && is_const(graph, node->in[0]);
}

static bool is_pattern_of_constants(const rq_quantized_pattern *pattern, const rq_graph *graph)
{
    return is_const(graph, pattern->codes) && is_stored(graph, pattern->scale) &&
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
    const rq_node *multiply = multiply_behind(b, node);
    rq_quantized_pattern pattern;
    if (!multiply || !rq_quantized_pattern_find(&pattern, graph, multiply) ||
        !is_pattern_of_constants(&pattern, graph))
        return false;
    const rq_node *convert = rq_value_producer(graph, pattern.numbers);
    bool is_part = node == convert || node == multiply || node == only_reader(b, pattern.numbers);
    const rq_tensor *codes = &b->bound->values[pattern.codes];
    return is_part && multiply_behind(b, convert) == multiply &&
           rq_tensor_count(codes) * sizeof(float) > RQ_SMALL_FOLDED &&
           is_read_as_weights(b, multiply->out[0]);
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
            rq_bind_drop(bound, node->in[i]);
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
