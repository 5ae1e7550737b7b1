/* Layers that do nothing, alone or with the one before them. */
#include "engine/import/pass.h"

#include <string.h>

#define MAX_JOINED 256

static bool same_type(const rq_pass *p, rq_id x, rq_id y)
{
    rq_shape a = rq_ir_builder_shape(p->b, x), b = rq_ir_builder_shape(p->b, y);
    return a.rank >= 0 && rq_shape_equal(&a, &b) && rq_shape_is_static(&a) &&
           rq_ir_builder_dtype(p->b, x) == rq_ir_builder_dtype(p->b, y);
}

/* x * 1 and x + 0, the constant a scalar or no larger than x. */
static void neutral(rq_pass *p, rq_node *node, double want)
{
    int side = rq_pass_constant_side(p, node);
    const rq_tensor *c = side < 0 ? NULL : rq_ir_builder_const(p->b, node->in[side]);
    if (!c || !rq_dtype_is_float(c->dtype)) return;
    for (size_t i = 0; i < rq_tensor_count(c); i++)
        if (rq_load_f64(c->data, c->dtype, i) != want) return;
    rq_id x = node->in[1 - side];
    bool small = rq_tensor_count(c) == 1 && c->shape.rank <= rq_ir_builder_rank(p->b, x);
    if (c->shape.rank == 0 || small || same_type(p, x, node->out[0])) rq_pass_replace(p, node, x);
}

static void same_shape(rq_pass *p, rq_node *node)
{
    if (same_type(p, node->in[0], node->out[0])) rq_pass_replace(p, node, node->in[0]);
}

static bool all(const rq_pass *p, rq_id value, int64_t want)
{
    const rq_tensor *t = rq_ir_builder_const(p->b, value);
    for (size_t i = 0; t && i < rq_tensor_count(t); i++)
        if (rq_load_i64(t->data, t->dtype, i) != want) return false;
    return t != NULL;
}

/* A slice of everything, one by one; a pad of nothing. */
static void whole(rq_pass *p, rq_node *node)
{
    bool slice = rq_node_is(node, &rq_op_Slice);
    if (slice ? node->n_in > 3 && all(p, node->in[3], 1)
              : all(p, node->in[1], 0) && all(p, node->in[2], 0))
        same_shape(p, node);
}

/* Only the last of two reshapes counts, when what it says does not depend on its input, but for
 * dimensions that the first left alone. */
static void reshape_twice(rq_pass *p, rq_node *node)
{
    int64_t dims[RQ_MAX_RANK];
    size_t n;
    const rq_node *before = rq_value_producer(p->graph, node->in[0]);
    bool views = rq_node_is(before, &rq_op_Reshape) || rq_node_is(before, &rq_op_Squeeze) ||
                 rq_node_is(before, &rq_op_Unsqueeze);
    if (!views || rq_pass_uses(p, before->out[0]) != 1 ||
        !rq_ir_builder_ints(p->b, node->in[1], dims, RQ_MAX_RANK, &n))
        return;
    for (size_t i = 0; i < n; i++)
        if (dims[i] == 0 && !rq_pass_same_dim(p, before->in[0], (int)i, before->out[0], (int)i))
            return;
    rq_pass_set_input(p, node, 0, before->in[0]);
}

/* A reduction without the dimensions that are put back behind it. */
static void put_back(rq_pass *p, rq_node *node)
{
    static const rq_op *const reductions[] = {&rq_op_ReduceMean, &rq_op_ReduceSum, &rq_op_ReduceMax,
                                              &rq_op_ReduceMin, NULL};
    int64_t axes[RQ_MAX_RANK];
    bool gone[RQ_MAX_RANK] = {false};
    size_t n;
    rq_node *before = rq_value_producer(p->graph, node->in[0]);
    int rank = rq_ir_builder_rank(p->b, node->out[0]);
    if (!rq_node_is_any(before, reductions) || rq_pass_int(p, before, "keep_dims") ||
        rq_pass_uses(p, before->out[0]) != 1 || rank < 1 ||
        rq_ir_builder_rank(p->b, before->in[0]) != rank ||
        !rq_ir_builder_ints(p->b, before->in[1], axes, RQ_MAX_RANK, &n))
        return;
    for (size_t i = 0; i < n; i++) gone[axes[i] < 0 ? axes[i] + rank : axes[i]] = true;
    rq_shape shape = rq_ir_builder_shape(p->b, node->out[0]);
    for (int i = 0; i < rank; i++)
        if (gone[i] ? shape.d[i] != 1 : !rq_pass_same_dim(p, before->in[0], i, node->out[0], i))
            return;
    rq_pass_set_attr(p, before, "keep_dims", "true");
    rq_ir_builder_infer(p->b, before, false);
    rq_pass_replace(p, node, before->out[0]);
}

/* What one Concat joins and another takes up along the same axis. */
static void concat_twice(rq_pass *p, rq_node *node)
{
    rq_id in[MAX_JOINED];
    size_t n = 0;
    bool nested = false;
    for (uint32_t i = 0; i < node->n_in; i++) {
        const rq_node *inner = rq_pass_producer(p, node->in[i], &rq_op_Concat);
        bool takes = inner && rq_pass_uses(p, node->in[i]) == 1 &&
                     rq_pass_int(p, inner, "axis") == rq_pass_int(p, node, "axis");
        size_t more = takes ? inner->n_in : 1;
        if (n + more > MAX_JOINED) return;
        memcpy(in + n, takes ? inner->in : &node->in[i], more * sizeof *in);
        n += more;
        nested |= takes;
    }
    if (nested)
        rq_pass_replace(
            p, node,
            rq_emit(p->b, "Concat-1", in, n, "axis=%lld", (long long)rq_pass_int(p, node, "axis")));
}

/* Two transposes are one, or none. */
static void transpose_twice(rq_pass *p, rq_node *node)
{
    int64_t first[RQ_MAX_RANK], second[RQ_MAX_RANK], both[RQ_MAX_RANK];
    size_t n, m;
    const rq_node *before = rq_pass_producer(p, node->in[0], &rq_op_Transpose);
    if (!before || node->n_in != 2 || before->n_in != 2 ||
        !rq_ir_builder_ints(p->b, before->in[1], first, RQ_MAX_RANK, &n) ||
        !rq_ir_builder_ints(p->b, node->in[1], second, RQ_MAX_RANK, &m) || n != m || n == 0)
        return;
    for (size_t i = 0; i < n; i++) {
        if (second[i] < 0 || second[i] >= (int64_t)n) return;
        both[i] = first[second[i]];
    }
    rq_pass_replace(p, node, rq_emit_transpose(p->b, before->in[0], both, n));
}

/* Axes in their own order. */
static void transpose_none(rq_pass *p, rq_node *node)
{
    int64_t order[RQ_MAX_RANK];
    size_t n;
    if (node->n_in != 2 || !rq_ir_builder_ints(p->b, node->in[1], order, RQ_MAX_RANK, &n)) return;
    for (size_t i = 0; i < n; i++)
        if (order[i] != (int64_t)i) return;
    if (n) rq_pass_replace(p, node, node->in[0]);
}

static bool shrinks_first(const rq_pass *p, const rq_node *node)
{
    const char *shrink = rq_node_attr(node, "shrink_axis_mask");
    const char *added = rq_node_attr(node, "new_axis_mask");
    return shrink && shrink[0] == '1' && !strchr(shrink + 1, '1') && node->n_in == 4 &&
           all(p, node->in[3], 1) && (!added || !strchr(added, '1'));
}

/* The only element of a list of one. */
static void only_element(rq_pass *p, rq_node *node)
{
    const rq_node *before = rq_value_producer(p->graph, node->in[0]);
    if (!rq_node_is(before, &rq_op_Unsqueeze) || !all(p, before->in[1], 0) ||
        !shrinks_first(p, node))
        return;
    for (int s = 0; s < RQ_IR_BUILDER_SAMPLES; s++) {
        const rq_shape *x = &p->b->values[before->in[0]].t[s].shape;
        if (x->rank < 0 || !rq_shape_equal(x, &p->b->values[node->out[0]].t[s].shape)) return;
    }
    rq_pass_replace(p, node, before->in[0]);
}

static void run(rq_pass *p)
{
    for (size_t i = 0; i < p->graph->n_nodes; i++) {
        rq_node *node;
        if ((node = rq_pass_node(p, i, &rq_op_Multiply))) neutral(p, node, 1.0);
        if ((node = rq_pass_node(p, i, &rq_op_Add))) neutral(p, node, 0.0);
        if ((node = rq_pass_node(p, i, &rq_op_Reshape))) reshape_twice(p, node);
        if ((node = rq_pass_node(p, i, &rq_op_Reshape))) put_back(p, node);
        if ((node = rq_pass_node(p, i, &rq_op_Reshape))) same_shape(p, node);
        if ((node = rq_pass_node(p, i, &rq_op_Concat))) concat_twice(p, node);
        if ((node = rq_pass_node(p, i, &rq_op_Broadcast))) same_shape(p, node);
        if ((node = rq_pass_node(p, i, &rq_op_Slice))) whole(p, node);
        if ((node = rq_pass_node(p, i, &rq_op_Pad))) whole(p, node);
        if ((node = rq_pass_node(p, i, &rq_op_Transpose))) transpose_twice(p, node);
        if ((node = rq_pass_node(p, i, &rq_op_Transpose))) transpose_none(p, node);
        if ((node = rq_pass_node(p, i, &rq_op_StridedSlice))) only_element(p, node);
    }
}

const rq_pass_row rq_pass_eliminate = {"eliminate", "layers without effect removed", run, true};
