#include "engine/ops/work.h"

#include "engine/ops/operators.h"
#include "engine/ops/quantized_pattern.h"

#include <stdlib.h>

double rq_work_extent(const rq_shape *shape, int axis)
{
    int at = shape && axis < 0 ? axis + shape->rank : axis;
    return shape && at >= 0 && at < shape->rank ? (double)shape->d[at] : 1;
}

/* Element-wise layers, reductions, normalisation: one operation per element of the larger side. */
static double element_wise(const rq_work_shapes *s)
{
    double in = rq_work_count(s->in[0]), out = rq_work_count(s->out);
    return in > out ? in : out;
}

static double flops_of(const rq_bound *bound, const rq_node *node)
{
    const rq_op *op = bound->nodes[node->id].op;
    rq_work_shapes shapes = {.op = op, .attrs = bound->nodes[node->id].attrs};
    for (uint32_t i = 0; i < node->n_in && i < RQ_WORK_INPUTS; i++)
        if (node->in[i] != RQ_NONE) shapes.in[i] = &bound->values[node->in[i]].shape;
    if (node->n_out) shapes.out = &bound->values[node->out[0]].shape;
    bool moves =
        op->role == RQ_ROLE_PASS || op->role == RQ_ROLE_CONCAT || op->role == RQ_ROLE_SHAPE;
    return op->flops ? op->flops(&shapes) : moves ? 0 : element_wise(&shapes);
}

static bool is_known(const rq_bound *bound, const rq_id *values, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (values[i] != RQ_NONE && !rq_shape_is_static(&bound->values[values[i]].shape))
            return false;
    return true;
}

/* -- bytes ----------------------------------------------------------------------------------- */

/* To codes of 8 bits. */
static bool quantizes(const rq_node *node)
{
    const char *levels =
        node && rq_node_is(node, &rq_op_FakeQuantize) ? rq_node_attr(node, "levels") : NULL;
    return levels && strtol(levels, NULL, 10) <= 256;
}

/* Computed, and read by nothing but what quantizes it. */
static bool is_made_as_codes(const rq_bound *bound, rq_id value, const rq_uses *uses)
{
    uint32_t n = rq_uses_count(uses, value);
    if (n == 0 || rq_node_is(rq_value_producer(bound->graph, value), &rq_op_Parameter))
        return false;
    for (uint32_t i = 0; i < n; i++) {
        const rq_use *use = &uses->uses[uses->first[value] + i];
        if (use->port != 0 || !quantizes(bound->graph->nodes[use->node])) return false;
    }
    return true;
}

/* The codes that a constant is made of, perhaps in another shape; RQ_NONE: there are none. */
static rq_id codes_of(const rq_bound *bound, rq_id value)
{
    const rq_graph *graph = bound->graph;
    const rq_node *node = rq_value_producer(graph, value);
    rq_quantized_pattern pattern;
    while (bound->nodes[node->id].folded && node->n_in) {
        if (rq_quantized_pattern_find(&pattern, graph, node)) return pattern.codes;
        if (rq_is_integer_convert(graph, node)) return node->in[0];
        if (!rq_node_is(node, &rq_op_Reshape) && !rq_node_is(node, &rq_op_Transpose) &&
            !rq_node_is(node, &rq_op_Convert))
            break;
        node = rq_value_producer(graph, node->in[0]);
    }
    return RQ_NONE;
}

static double value_bytes(const rq_bound *bound, rq_id value, const rq_uses *uses)
{
    const rq_tensor *t = &bound->values[value];
    if (!rq_dtype_is_float(t->dtype)) return (double)rq_tensor_bytes(t);
    if (quantizes(rq_value_producer(bound->graph, value)) || is_made_as_codes(bound, value, uses))
        return (double)rq_tensor_count(t);
    rq_id codes = codes_of(bound, value);
    return (double)rq_tensor_bytes(codes == RQ_NONE ? t : &bound->values[codes]);
}

static double bytes_of(const rq_bound *bound, const rq_id *values, uint32_t n, const rq_uses *uses,
                       const bool *within)
{
    double bytes = 0;
    for (uint32_t i = 0; i < n; i++)
        if (values[i] != RQ_NONE && !(within && within[values[i]]))
            bytes += value_bytes(bound, values[i], uses);
    return bytes;
}

static bool is_run(const rq_bound *bound, rq_id id)
{
    const rq_node *node = bound->graph->nodes[id];
    const rq_bound_node *state = &bound->nodes[id];
    return node && state->op && !state->folded && !(state->op->flags & RQ_OP_VIEW) && node->n_in &&
           state->op != &rq_op_Result && is_known(bound, node->in, node->n_in) &&
           is_known(bound, node->out, node->n_out);
}

double rq_work_flops_of(const rq_bound *bound, rq_id id)
{
    return is_run(bound, id) ? flops_of(bound, bound->graph->nodes[id]) : 0;
}

rq_work rq_work_of(const rq_bound *bound, rq_id id, const rq_uses *uses, const bool *within)
{
    const rq_node *node = bound->graph->nodes[id];
    rq_work work = {rq_work_flops_of(bound, id), 0};
    bool is_done_before =
        is_run(bound, id) && quantizes(node) && is_made_as_codes(bound, node->in[0], uses);
    if (is_run(bound, id) && !is_done_before)
        work.bytes = bytes_of(bound, node->in, node->n_in, uses, within) +
                     bytes_of(bound, node->out, node->n_out, uses, within);
    return work;
}

double rq_work_total_flops(const rq_bound *bound)
{
    double flops = 0;
    for (size_t i = 0; bound && i < bound->n_order; i++)
        flops += rq_work_flops_of(bound, bound->order[i]);
    return flops;
}
