/* Transposes moved forward, where another Transpose waits for them: the two then meet, and
 * transpose_twice (pass_eliminate.c) makes one or none of them; or where a reduction takes them in.
 * What lay between reads the data in the other order: scales and shifts stand behind their
 * convolution again, for pass_linear.c. As OpenVINO's TransposeSinking does for models of
 * TensorFlow. */
#include "engine/import/pass.h"

#include <stdio.h>
#include <stdlib.h>

/* transposed axis i is axis v[i] of what was transposed */
typedef struct order {
    int64_t v[RQ_MAX_RANK];
    size_t n;
} order;

static const rq_op *const unary[] = {
    &rq_op_ReLU, &rq_op_Clamp, &rq_op_Sigmoid, &rq_op_Tanh,     &rq_op_Elu,      &rq_op_HSwish,
    &rq_op_Mish, &rq_op_Gelu,  &rq_op_Swish,   &rq_op_HSigmoid, &rq_op_Exp,      &rq_op_Log,
    &rq_op_Abs,  &rq_op_Sqrt,  &rq_op_Erf,     &rq_op_Negative, &rq_op_SoftPlus, NULL};
static const rq_op *const binary[] = {&rq_op_Add,    &rq_op_Multiply,          &rq_op_Subtract,
                                      &rq_op_Divide, &rq_op_Maximum,           &rq_op_Minimum,
                                      &rq_op_Power,  &rq_op_SquaredDifference, NULL};
static const rq_op *const reduction[] = {&rq_op_ReduceMean, &rq_op_ReduceSum, &rq_op_ReduceMax,
                                         &rq_op_ReduceMin, NULL};

/* The Transpose that makes a value, and its order; NULL: none does, or its order is not known. */
static const rq_node *transpose_of(const rq_pass *p, rq_id value, order *out)
{
    const rq_node *node = rq_pass_producer(p, value, &rq_op_Transpose);
    if (!node || node->n_in != 2 ||
        !rq_ir_builder_ints(p->b, node->in[1], out->v, RQ_MAX_RANK, &out->n) || out->n == 0)
        return NULL;
    for (size_t i = 0; i < out->n; i++)
        if (out->v[i] < 0 || out->v[i] >= (int64_t)out->n) return NULL;
    return node;
}

static order inverse_of(const order *of)
{
    order inverse = {.n = of->n};
    for (size_t i = 0; i < of->n; i++) inverse.v[of->v[i]] = (int64_t)i;
    return inverse;
}

static bool same_order(const order *a, const order *b)
{
    bool same = a->n == b->n;
    for (size_t i = 0; same && i < a->n; i++) same = a->v[i] == b->v[i];
    return same;
}

/* -- which layers ---------------------------------------------------------------------------- */

static bool moves_through(const rq_node *node)
{
    return (rq_node_is_any(node, unary) && node->n_in == 1) || rq_node_is_any(node, binary) ||
           rq_node_is_any(node, reduction) || rq_node_is(node, &rq_op_Concat) ||
           rq_node_is(node, &rq_op_Pad);
}

/* Where dimensions go, those that stay keep an order of their own, mostly none. */
static order order_of_rest(const order *by, const int64_t *gone, size_t n_gone)
{
    bool is_gone[RQ_MAX_RANK] = {false};
    int64_t place[RQ_MAX_RANK], places = 0;
    order rest = {.n = 0};
    for (size_t i = 0; i < n_gone; i++) is_gone[gone[i]] = true;
    for (size_t i = 0; i < by->n; i++) place[i] = is_gone[i] ? -1 : places++;
    for (size_t i = 0; i < by->n; i++)
        if (place[by->v[i]] >= 0) rest.v[rest.n++] = place[by->v[i]];
    return rest;
}

static bool is_identity(const order *by)
{
    for (size_t i = 0; i < by->n; i++)
        if (by->v[i] != (int64_t)i) return false;
    return true;
}

/* Axes (or one axis) of the transposed value as axes of the value. */
static bool turned_axes(const rq_pass *p, rq_id value, const order *by, int64_t *axes, size_t *n)
{
    if (!rq_ir_builder_ints(p->b, value, axes, RQ_MAX_RANK, n)) return false;
    for (size_t i = 0; i < *n; i++) {
        if (axes[i] < 0) axes[i] += (int64_t)by->n;
        if (axes[i] < 0 || axes[i] >= (int64_t)by->n) return false;
        axes[i] = by->v[axes[i]];
    }
    return true;
}

/* A reduction's axes before the Transpose, and the order that is left behind it. */
static bool turned_reduction(const rq_pass *p, const rq_node *node, const order *by, int64_t *axes,
                             size_t *n, order *rest)
{
    if (!turned_axes(p, node->in[1], by, axes, n)) return false;
    *rest = rq_pass_int(p, node, "keep_dims") ? *by : order_of_rest(by, axes, *n);
    return true;
}

/* A reduction takes a Transpose in where it leaves no order behind. */
static bool takes_in(const rq_pass *p, const rq_node *node, const order *by)
{
    int64_t axes[RQ_MAX_RANK];
    size_t n;
    order rest;
    return rq_node_is_any(node, reduction) && turned_reduction(p, node, by, axes, &n, &rest) &&
           is_identity(&rest);
}

typedef struct search {
    const rq_pass *p;
    const order *by;
    bool *seen; /* by node id */
} search;

/* Is there behind the value, with only such layers between, what takes the Transpose in? */
static bool is_awaited(const search *s, rq_id value)
{
    const rq_pass *p = s->p;
    for (uint32_t u = p->uses.first[value]; u < p->uses.first[value + 1]; u++) {
        const rq_node *node = p->graph->nodes[p->uses.uses[u].node];
        if (rq_node_is(node, &rq_op_Transpose) || takes_in(p, node, s->by)) return true;
        if (s->seen[node->id] || !moves_through(node)) continue;
        s->seen[node->id] = true;
        if (node->out[0] < p->n_values && is_awaited(s, node->out[0])) return true;
    }
    return false;
}

static bool is_useful(rq_pass *p, const rq_node *node, const order *by)
{
    search s = {p, by, NULL};
    if (takes_in(p, node, by)) return true;
    if (node->out[0] >= p->n_values ||
        !rq_ir_builder_ok(p->b,
                          rq_calloc(&s.seen, p->graph->n_nodes, sizeof *s.seen, "a list of nodes")))
        return false;
    bool awaited = is_awaited(&s, node->out[0]);
    free(s.seen);
    return awaited;
}

/* -- inputs in the other order --------------------------------------------------------------- */

/* A constant, of no higher rank, that met the transposed value, to meet the value. */
static rq_id turned_constant(rq_pass *p, rq_id c, const order *by)
{
    rq_shape shape = rq_ir_builder_shape(p->b, c);
    int64_t dims[RQ_MAX_RANK];
    order inverse = inverse_of(by);
    if (rq_shape_count(&shape) == 1) return c;
    for (size_t i = 0; i < by->n; i++) {
        size_t missing = by->n - (size_t)shape.rank;
        dims[i] = i < missing ? 1 : shape.d[i - missing];
    }
    return rq_emit_transpose(p->b, rq_emit_reshape(p->b, c, dims, by->n), inverse.v, by->n);
}

/* The one order in which the node reads transposed values beside constants; false where there is
 * none, or another input. */
static bool common_order(const rq_pass *p, const rq_node *node, order *by)
{
    bool found = false;
    for (uint32_t i = 0; i < node->n_in; i++) {
        order other;
        rq_shape shape = rq_ir_builder_shape(p->b, node->in[i]);
        const rq_node *transpose = transpose_of(p, node->in[i], &other);
        if (!transpose && !rq_ir_builder_const(p->b, node->in[i])) return false;
        if (transpose && found && !same_order(by, &other)) return false;
        if (shape.rank > rq_ir_builder_rank(p->b, node->out[0])) return false;
        if (transpose) *by = other;
        found |= transpose != NULL;
    }
    return found && rq_ir_builder_rank(p->b, node->out[0]) == (int)by->n;
}

static rq_id turned_operand(rq_pass *p, rq_id value, const order *by)
{
    order own;
    const rq_node *transpose = transpose_of(p, value, &own);
    return transpose ? transpose->in[0] : turned_constant(p, value, by);
}

/* -- moving ---------------------------------------------------------------------------------- */

/* The node gives what it gave before a Transpose of that order, which follows it now. */
static void put_behind(rq_pass *p, rq_node *node, const order *by)
{
    rq_ir_builder_infer(p->b, node, false);
    rq_pass_put_behind(p, node, rq_emit_transpose(p->b, node->out[0], by->v, by->n));
}

static void move_through_operands(rq_pass *p, rq_node *node)
{
    order by;
    if (!common_order(p, node, &by) || !is_useful(p, node, &by)) return;
    for (uint32_t i = 0; i < node->n_in; i++)
        rq_pass_set_input(p, node, i, turned_operand(p, node->in[i], &by));
    put_behind(p, node, &by);
}

static void move_through_concat(rq_pass *p, rq_node *node)
{
    order by, other;
    char axis[24];
    if (!transpose_of(p, node->in[0], &by) || !is_useful(p, node, &by)) return;
    for (uint32_t i = 0; i < node->n_in; i++)
        if (!transpose_of(p, node->in[i], &other) || !same_order(&by, &other)) return;
    int64_t at = rq_pass_int(p, node, "axis");
    if (at < 0) at += (int64_t)by.n;
    if (at < 0 || at >= (int64_t)by.n) return;
    for (uint32_t i = 0; i < node->n_in; i++)
        rq_pass_set_input(p, node, i, transpose_of(p, node->in[i], &other)->in[0]);
    snprintf(axis, sizeof axis, "%lld", (long long)by.v[at]);
    rq_pass_set_attr(p, node, "axis", axis);
    put_behind(p, node, &by);
}

static bool turned_pads(const rq_pass *p, rq_id value, const order *by, int64_t *out)
{
    int64_t pads[RQ_MAX_RANK];
    size_t n;
    if (!rq_ir_builder_ints(p->b, value, pads, RQ_MAX_RANK, &n) || n != by->n) return false;
    for (size_t i = 0; i < n; i++) out[by->v[i]] = pads[i];
    return true;
}

static void move_through_pad(rq_pass *p, rq_node *node)
{
    order by;
    int64_t begin[RQ_MAX_RANK], end[RQ_MAX_RANK];
    const rq_node *transpose = transpose_of(p, node->in[0], &by);
    if (!transpose || !turned_pads(p, node->in[1], &by, begin) ||
        !turned_pads(p, node->in[2], &by, end) || !is_useful(p, node, &by))
        return;
    rq_pass_set_input(p, node, 0, transpose->in[0]);
    rq_pass_set_input(p, node, 1, rq_emit_ints(p->b, begin, by.n));
    rq_pass_set_input(p, node, 2, rq_emit_ints(p->b, end, by.n));
    put_behind(p, node, &by);
}

static void move_through_reduction(rq_pass *p, rq_node *node)
{
    order by, rest;
    int64_t axes[RQ_MAX_RANK];
    size_t n;
    const rq_node *transpose = transpose_of(p, node->in[0], &by);
    if (!transpose || !turned_reduction(p, node, &by, axes, &n, &rest) || !is_useful(p, node, &by))
        return;
    rq_pass_set_input(p, node, 0, transpose->in[0]);
    rq_pass_set_input(p, node, 1, rq_emit_ints(p->b, axes, n));
    put_behind(p, node, &rest);
}

static void move(rq_pass *p, rq_node *node)
{
    if (rq_node_is_any(node, reduction))
        move_through_reduction(p, node);
    else if (rq_node_is(node, &rq_op_Concat))
        move_through_concat(p, node);
    else if (rq_node_is(node, &rq_op_Pad))
        move_through_pad(p, node);
    else
        move_through_operands(p, node);
}

static void run(rq_pass *p)
{
    for (size_t i = 0; i < p->graph->n_nodes; i++) {
        rq_node *node = rq_pass_any_node(p, i);
        if (node && moves_through(node)) move(p, node);
    }
}

const rq_pass_row rq_pass_sink = {"sink", "Transposes moved to those that cancel them", run, true};
