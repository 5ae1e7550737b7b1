/* Weights that are stored as integers, as numbers: four or eight times as large as what integer
 * kernels read, so they are made for those who ask. */
#include "engine/ops/bind_parts.h"
#include "engine/ops/operators.h"
#include "engine/ops/quantized_pattern.h"

#include <stdlib.h>

static const rq_node *producer_of(const rq_graph *graph, rq_id value)
{
    return value == RQ_NONE ? NULL : rq_value_producer(graph, value);
}

/* Readers are looked at before it is checked how many inputs and outputs they have. */
static const rq_node *first_input(const rq_graph *graph, const rq_node *node)
{
    return node->n_in ? producer_of(graph, node->in[0]) : NULL;
}

static const rq_node *only_reader(const rq_binder *b, const rq_node *node)
{
    if (!node->n_out) return NULL;
    size_t first = b->uses.first[node->out[0]], end = b->uses.first[node->out[0] + 1];
    return end - first == 1 ? b->bound->graph->nodes[b->uses.uses[first].node] : NULL;
}

/* What multiplies them, behind what subtracts their zero point if there is that, all of them read
 * by the next alone; NULL: another form. */
static const rq_node *scaling_of(const rq_binder *b, const rq_node *convert)
{
    const rq_node *node = only_reader(b, convert);
    if (rq_node_is(node, &rq_op_Subtract)) node = only_reader(b, node);
    return rq_node_is(node, &rq_op_Multiply) ? node : NULL;
}

/* The Convert of a pattern's codes. */
static const rq_node *convert_of(const rq_graph *graph, const rq_node *multiply, rq_id codes)
{
    for (uint32_t side = 0; side < 2; side++) {
        const rq_node *node = producer_of(graph, multiply->in[side]);
        if (rq_node_is(node, &rq_op_Subtract)) node = first_input(graph, node);
        if (rq_node_is(node, &rq_op_Convert) && node->n_in && node->in[0] == codes) return node;
    }
    return NULL;
}

/* Known before anything is folded: in the file, perhaps in half precision. */
static bool is_stored(const rq_graph *graph, rq_id value)
{
    const rq_node *node = producer_of(graph, value);
    if (rq_node_is(node, &rq_op_Convert)) node = first_input(graph, node);
    return rq_node_is(node, &rq_op_Const);
}

static bool is_pattern_of_constants(const rq_quantized_pattern *pattern, const rq_graph *graph)
{
    return rq_node_is(producer_of(graph, pattern->codes), &rq_op_Const) &&
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

/* The Multiply that a node may belong to. */
static const rq_node *multiply_of(const rq_binder *b, const rq_node *node)
{
    if (rq_node_is(node, &rq_op_Multiply)) return node;
    if (rq_node_is(node, &rq_op_Convert)) return scaling_of(b, node);
    const rq_node *reader = rq_node_is(node, &rq_op_Subtract) ? only_reader(b, node) : NULL;
    return rq_node_is(reader, &rq_op_Multiply) ? reader : NULL;
}

bool rq_bind_postpones(const rq_binder *b, const rq_node *node)
{
    const rq_graph *graph = b->bound->graph;
    const rq_node *multiply = multiply_of(b, node);
    rq_quantized_pattern pattern;
    if (!multiply || !multiply->n_out || !rq_quantized_pattern_find(&pattern, graph, multiply))
        return false;
    if (!is_pattern_of_constants(&pattern, graph)) return false;
    const rq_node *convert = convert_of(graph, multiply, pattern.codes);
    if (!convert || scaling_of(b, convert) != multiply) return false;
    if (node != convert && node != multiply && node != only_reader(b, convert)) return false;
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
