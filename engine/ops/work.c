#include "engine/ops/work.h"

#include "engine/ops/operators.h"

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

static double bytes_of(const rq_bound *bound, const rq_id *values, uint32_t n)
{
    double bytes = 0;
    for (uint32_t i = 0; i < n; i++)
        if (values[i] != RQ_NONE) bytes += (double)rq_tensor_bytes(&bound->values[values[i]]);
    return bytes;
}

rq_work rq_work_of(const rq_bound *bound, rq_id id)
{
    const rq_node *node = bound->graph->nodes[id];
    const rq_bound_node *state = &bound->nodes[id];
    rq_work none = {0, 0};
    if (!node || !state->op || state->folded || (state->op->flags & RQ_OP_VIEW) || !node->n_in ||
        state->op == &rq_op_Result)
        return none;
    if (!is_known(bound, node->in, node->n_in) || !is_known(bound, node->out, node->n_out))
        return none;
    return (rq_work){flops_of(bound, node), bytes_of(bound, node->in, node->n_in) +
                                                bytes_of(bound, node->out, node->n_out)};
}

double rq_work_total_flops(const rq_bound *bound)
{
    double flops = 0;
    for (size_t i = 0; bound && i < bound->n_order; i++)
        flops += rq_work_of(bound, bound->order[i]).flops;
    return flops;
}
