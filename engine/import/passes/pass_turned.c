/* Reductions whose result is turned, with no element changing its place: OpenVINO's CPU drops a
 * Transpose, or a Reshape of as many dimensions, beside a reduction that does not keep its own,
 * and gives the shape before it. It does not where the reduction keeps them and a Squeeze takes
 * them away. */
#include "engine/import/pass.h"

static const rq_op *const reductions[] = {&rq_op_ReduceL1,         &rq_op_ReduceL2,
                                          &rq_op_ReduceLogicalAnd, &rq_op_ReduceLogicalOr,
                                          &rq_op_ReduceMax,        &rq_op_ReduceMean,
                                          &rq_op_ReduceMin,        &rq_op_ReduceProd,
                                          &rq_op_ReduceSum,        NULL};

/* Does the order move dimensions past one another, but only those of size 1? `dims` are those
 * before it; axes that are `gone` count neither before nor behind it. */
static bool moves_ones(const int64_t *order, size_t n, const rq_shape *dims, const bool *gone)
{
    int64_t last = -1, last_long = -1;
    bool moves = false;
    for (size_t i = 0; i < n; i++) {
        int64_t axis = order[i];
        if (axis < 0 || axis >= dims->rank) return false;
        if (gone[axis]) continue;
        moves |= axis < last;
        last = axis;
        if (dims->d[axis] == 1) continue;
        if (axis < last_long) return false;
        last_long = axis;
    }
    return moves;
}

static bool order_of(const rq_pass *p, const rq_node *node, int64_t *order, size_t *n)
{
    return rq_node_is(node, &rq_op_Transpose) && node->n_in == 2 &&
           rq_ir_builder_ints(p->b, node->in[1], order, RQ_MAX_RANK, n);
}

/* By the Transpose whose output it reads. */
static bool is_turned_before(const rq_pass *p, const rq_node *node, const int64_t *axes,
                             size_t n_axes)
{
    int64_t order[RQ_MAX_RANK];
    bool gone[RQ_MAX_RANK] = {false};
    size_t n;
    const rq_node *before = rq_value_producer(p->graph, node->in[0]);
    if (!order_of(p, before, order, &n)) return false;
    for (size_t i = 0; i < n_axes; i++) {
        int64_t axis = axes[i] < 0 ? axes[i] + (int64_t)n : axes[i];
        if (axis < 0 || axis >= (int64_t)n || order[axis] < 0 || order[axis] >= RQ_MAX_RANK)
            return false;
        gone[order[axis]] = true;
    }
    rq_shape dims = rq_ir_builder_shape(p->b, before->in[0]);
    return rq_shape_is_static(&dims) && moves_ones(order, n, &dims, gone);
}

/* A row that becomes a column, or a column that becomes a row. */
static bool is_row_and_column(const rq_shape *x, const rq_shape *y)
{
    return x->rank == 2 && y->rank == 2 && x->d[0] != x->d[1] && x->d[0] == y->d[1] &&
           x->d[1] == y->d[0] && (x->d[0] == 1 || x->d[1] == 1);
}

static bool turns(const rq_pass *p, const rq_node *reader, const rq_shape *dims)
{
    static const bool none[RQ_MAX_RANK] = {false};
    int64_t order[RQ_MAX_RANK];
    size_t n;
    if (order_of(p, reader, order, &n)) return moves_ones(order, n, dims, none);
    if (!rq_node_is(reader, &rq_op_Reshape)) return false;
    rq_shape to = rq_ir_builder_shape(p->b, reader->out[0]);
    return is_row_and_column(dims, &to);
}

/* By one of those that read it. */
static bool is_turned_behind(const rq_pass *p, const rq_node *node)
{
    rq_id value = node->out[0];
    rq_shape dims = rq_ir_builder_shape(p->b, value);
    if (!rq_shape_is_static(&dims) || value >= p->n_values) return false;
    for (uint32_t u = p->uses.first[value]; u < p->uses.first[value + 1]; u++)
        if (turns(p, p->graph->nodes[p->uses.uses[u].node], &dims)) return true;
    return false;
}

static void keep_dimensions(rq_pass *p, rq_node *node)
{
    int64_t axes[RQ_MAX_RANK];
    size_t n;
    if (rq_pass_int(p, node, "keep_dims") ||
        !rq_ir_builder_ints(p->b, node->in[1], axes, RQ_MAX_RANK, &n) || n == 0 ||
        (!is_turned_before(p, node, axes, n) && !is_turned_behind(p, node)))
        return;
    rq_pass_set_attr(p, node, "keep_dims", "true");
    rq_ir_builder_infer(p->b, node, false);
    rq_pass_put_behind(p, node, rq_emit_squeeze(p->b, node->out[0], axes, n));
}

static void run(rq_pass *p)
{
    for (size_t i = 0; i < p->graph->n_nodes; i++) {
        rq_node *node = rq_pass_any_node(p, i);
        if (node && rq_node_is_any(node, reductions)) keep_dimensions(p, node);
    }
}

const rq_pass_row rq_pass_turned = {"turned", "reductions that are turned keep their dimensions",
                                    run, false};
