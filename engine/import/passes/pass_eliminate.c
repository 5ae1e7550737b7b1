/* Layers that do nothing, alone or with the one before them. */
#include "engine/import/pass.h"

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

/* Only the last of two reshapes counts, when what it says does not depend on its input. */
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
        if (dims[i] == 0) return;
    rq_pass_set_input(p, node, 0, before->in[0]);
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

static void run(rq_pass *p)
{
    for (size_t i = 0; i < p->graph->n_nodes; i++) {
        rq_node *node;
        if ((node = rq_pass_node(p, i, &rq_op_Multiply))) neutral(p, node, 1.0);
        if ((node = rq_pass_node(p, i, &rq_op_Add))) neutral(p, node, 0.0);
        if ((node = rq_pass_node(p, i, &rq_op_Reshape))) reshape_twice(p, node);
        if ((node = rq_pass_node(p, i, &rq_op_Reshape))) same_shape(p, node);
        if ((node = rq_pass_node(p, i, &rq_op_Broadcast))) same_shape(p, node);
        if ((node = rq_pass_node(p, i, &rq_op_Slice))) whole(p, node);
        if ((node = rq_pass_node(p, i, &rq_op_Pad))) whole(p, node);
        if ((node = rq_pass_node(p, i, &rq_op_Transpose))) transpose_twice(p, node);
    }
}

const rq_pass_row rq_pass_eliminate = {"eliminate", "layers without effect removed", run, true};
