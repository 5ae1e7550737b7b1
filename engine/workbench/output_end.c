#include "engine/workbench/output_end.h"

#include "engine/base/text.h"
#include "engine/ops/operators.h"

#include <string.h>

#define MAX_STEPS 8 /* back from the end, of what a spelled out operator consists of */

static const rq_op *const views[] = {
    &rq_op_Reshape,   &rq_op_Squeeze,   &rq_op_Unsqueeze, &rq_op_Convert,
    &rq_op_Transpose, &rq_op_Broadcast, &rq_op_Clamp,     NULL};

static rq_id behind_views(const rq_graph *graph, rq_id value)
{
    for (const rq_node *node; value != RQ_NONE; value = node->in[0]) {
        node = rq_value_producer(graph, value);
        if (!rq_node_is_any(node, views)) break;
    }
    return value;
}

/* The producer behind views; NULL: there is none. */
static const rq_node *producer_behind(const rq_graph *graph, rq_id value)
{
    value = behind_views(graph, value);
    return value == RQ_NONE ? NULL : rq_value_producer(graph, value);
}

/* Bound to inputs, a dynamic graph has sizes, too. */
static const rq_shape *shape_of(const rq_graph *graph, const rq_bound *bound, rq_id value)
{
    return bound ? &bound->values[value].shape : &graph->values[value]->shape;
}

/* -- sums along an axis ------------------------------------------------------------------------ */

/* What a divisor may do with a sum before it divides. */
static const rq_op *const around_sums[] = {&rq_op_Sqrt,
                                           &rq_op_Power,
                                           &rq_op_Maximum,
                                           &rq_op_Add,
                                           &rq_op_Divide,
                                           &rq_op_Log,
                                           &rq_op_Reshape,
                                           &rq_op_Squeeze,
                                           &rq_op_Unsqueeze,
                                           &rq_op_Convert,
                                           &rq_op_Clamp,
                                           &rq_op_Broadcast,
                                           NULL};
static const rq_op *const sums[] = {&rq_op_ReduceSum, &rq_op_ReduceL2, NULL};

/* The sum that `value` is made of; NULL: it is something else. */
static const rq_node *find_sum(const rq_graph *graph, rq_id value, int steps)
{
    if (value == RQ_NONE || steps == 0) return NULL;
    const rq_node *node = rq_value_producer(graph, value), *found = NULL;
    if (rq_node_is_any(node, sums)) return node;
    if (!rq_node_is_any(node, around_sums)) return NULL;
    for (uint32_t i = 0; i < node->n_in && !found; i++)
        found = find_sum(graph, node->in[i], steps - 1);
    return found;
}

static bool reads(const rq_graph *graph, const rq_node *node, rq_id value)
{
    for (uint32_t i = 0; i < node->n_in; i++)
        if (node->in[i] != RQ_NONE && behind_views(graph, node->in[i]) == value) return true;
    return false;
}

/* Sum over e^x, or over x^2, or the length of x. */
static bool is_sum_of_squares(const rq_graph *graph, const rq_node *sum, rq_id x)
{
    static const rq_op *const squares[] = {&rq_op_Multiply, &rq_op_Power, NULL};
    if (rq_node_is(sum, &rq_op_ReduceL2)) return reads(graph, sum, x);
    const rq_node *square = producer_behind(graph, sum->in[0]);
    return square && rq_node_is_any(square, squares) && reads(graph, square, x);
}

static bool is_sum_of_exponentials(const rq_graph *graph, const rq_node *sum, rq_id x)
{
    const rq_node *exp =
        rq_node_is(sum, &rq_op_ReduceSum) ? producer_behind(graph, sum->in[0]) : NULL;
    return exp && rq_node_is(exp, &rq_op_Exp) && reads(graph, exp, x);
}

/* -- the ends ---------------------------------------------------------------------------------- */

static int64_t size_along_axis(const rq_graph *graph, const rq_bound *bound, const rq_node *node)
{
    const rq_shape *shape = shape_of(graph, bound, node->out[0]);
    const char *text = rq_node_attr(node, "axis");
    int64_t axis = 1;
    if (text && !rq_parse_i64(text, &axis)) return 0;
    if (axis < 0) axis += shape->rank;
    return axis >= 0 && axis < shape->rank && shape->d[axis] > 0 ? shape->d[axis] : 0;
}

static int64_t size_of_sum(const rq_graph *graph, const rq_bound *bound, const rq_node *sum)
{
    const rq_shape *of = shape_of(graph, bound, sum->in[0]);
    const rq_shape *into = shape_of(graph, bound, sum->out[0]);
    if (!rq_shape_is_static(of) || !rq_shape_is_static(into) || rq_shape_count(into) == 0) return 0;
    return (int64_t)(rq_shape_count(of) / rq_shape_count(into));
}

/* x / sum, x times a reciprocal, or x - log(sum): `x` and the sum, if it is one. */
static const rq_node *sum_of_quotient(rq_id *x, const rq_graph *graph, const rq_node *node)
{
    static const rq_op *const quotients[] = {&rq_op_Divide, &rq_op_Multiply, &rq_op_Subtract, NULL};
    if (!rq_node_is_any(node, quotients)) return NULL;
    for (uint32_t side = 0; side < 2; side++) {
        if (side == 1 && !rq_node_is(node, &rq_op_Multiply)) break;
        *x = behind_views(graph, node->in[side]);
        const rq_node *sum = find_sum(graph, node->in[1 - side], MAX_STEPS);
        if (sum) return sum;
    }
    return NULL;
}

static rq_output_end find_spelled_out(int64_t *size, const rq_graph *graph, const rq_bound *bound,
                                      const rq_node *node)
{
    rq_id x = RQ_NONE;
    const rq_node *sum = sum_of_quotient(&x, graph, node);
    if (!sum || x == RQ_NONE) return RQ_END_OTHER;
    const rq_node *exp = rq_value_producer(graph, x);
    bool quotient = !rq_node_is(node, &rq_op_Subtract);
    bool softmax = quotient ? rq_node_is(exp, &rq_op_Exp) && reads(graph, sum, x)
                            : is_sum_of_exponentials(graph, sum, x);
    if (!softmax)
        return quotient && is_sum_of_squares(graph, sum, x) ? RQ_END_NORMALIZED : RQ_END_OTHER;
    *size = size_of_sum(graph, bound, sum);
    return RQ_END_SOFTMAX;
}

/* Boxes that were selected may still be gathered, joined and scaled. */
static bool is_selected(const rq_graph *graph, rq_id value, int steps)
{
    if (value == RQ_NONE || steps == 0) return false;
    const rq_node *node = rq_value_producer(graph, value);
    const rq_op *op = rq_op_find(node->type);
    bool ranks = rq_node_is(node, &rq_op_TopK) || rq_node_is(node, &rq_op_CTCGreedyDecoder);
    if (!op || op->role == RQ_ROLE_WEIGHTED) return false;
    if ((op->flags & RQ_OP_SELECTS) && !ranks) return true;
    for (uint32_t i = 0; i < node->n_in; i++)
        if (is_selected(graph, node->in[i], steps - 1)) return true;
    return false;
}

rq_output_end rq_output_end_find(int64_t *size, const rq_graph *graph, const rq_bound *bound,
                                 rq_id value)
{
    const rq_node *node = value == RQ_NONE ? NULL : producer_behind(graph, value);
    *size = 0;
    if (!node) return RQ_END_OTHER;
    if (rq_node_is(node, &rq_op_SoftMax) || rq_node_is(node, &rq_op_LogSoftmax)) {
        *size = size_along_axis(graph, bound, node);
        return RQ_END_SOFTMAX;
    }
    if (rq_node_is(node, &rq_op_Sigmoid)) return RQ_END_SIGMOID;
    if (rq_node_is(node, &rq_op_NormalizeL2)) return RQ_END_NORMALIZED;
    rq_output_end end = find_spelled_out(size, graph, bound, node);
    if (end != RQ_END_OTHER) return end;
    return is_selected(graph, value, MAX_STEPS) ? RQ_END_SELECTED : RQ_END_OTHER;
}
