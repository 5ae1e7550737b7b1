/* Transposes moved up to the inputs that they turn, before anything else is looked at: scales,
 * shifts, pads, splits and what is put behind the inputs at import then stand in front of the
 * convolution in its own layout, for the other passes to fold. As Model Optimizer's change of
 * layout leaves them. */
#include "engine/import/pass.h"

#define MAX_DEPTH 64 /* of layers between an input and the Transpose */

/* transposed axis i is axis v[i] of what was transposed */
typedef struct order {
    int64_t v[RQ_MAX_RANK];
    size_t n;
} order;

static const rq_op *const unary[] = {&rq_op_Convert, &rq_op_ReLU,     &rq_op_Clamp, &rq_op_Sigmoid,
                                     &rq_op_Tanh,    &rq_op_Exp,      &rq_op_Log,   &rq_op_Abs,
                                     &rq_op_Sqrt,    &rq_op_Negative, NULL};
static const rq_op *const binary[] = {
    &rq_op_Add,     &rq_op_Multiply, &rq_op_Subtract, &rq_op_Divide,
    &rq_op_Maximum, &rq_op_Minimum,  &rq_op_Power,    NULL};
static const rq_op *const by_axis[] = {&rq_op_Pad, &rq_op_SpaceToBatch, NULL};

static bool read_order(const rq_pass *p, const rq_node *transpose, order *out)
{
    if (transpose->n_in != 2 ||
        !rq_ir_builder_ints(p->b, transpose->in[1], out->v, RQ_MAX_RANK, &out->n) || !out->n)
        return false;
    for (size_t i = 0; i < out->n; i++)
        if (out->v[i] < 0 || out->v[i] >= (int64_t)out->n) return false;
    return true;
}

/* -- what lies between ------------------------------------------------------------------------ */

/* Numbers by axis, constant: begins and ends of pads, blocks, whose batches stay in front. */
static bool has_numbers(const rq_pass *p, const rq_node *node, const order *by)
{
    int64_t numbers[RQ_MAX_RANK];
    size_t n;
    if (rq_node_is(node, &rq_op_SpaceToBatch) && by->v[0] != 0) return false;
    for (uint32_t i = 1; i < 3 || (i < node->n_in && rq_node_is(node, &rq_op_SpaceToBatch)); i++)
        if (!rq_ir_builder_ints(p->b, node->in[i], numbers, RQ_MAX_RANK, &n) || n != by->n)
            return false;
    return true;
}

/* Every output is read by one Transpose of that order and nothing else. */
static bool turned_everywhere(const rq_pass *p, const rq_node *node, const order *by)
{
    for (uint32_t i = 0; i < node->n_out; i++) {
        const rq_use *use = rq_pass_only_use(p, node->out[i]);
        const rq_node *reader = use && use->port == 0 ? p->graph->nodes[use->node] : NULL;
        order own;
        if (!rq_node_is(reader, &rq_op_Transpose) || !read_order(p, reader, &own)) return false;
        bool same = own.n == by->n;
        for (size_t k = 0; same && k < own.n; k++) same = own.v[k] == by->v[k];
        if (!same) return false;
    }
    return true;
}

/* Inputs that are to be turned: the first n of the node, but for constants; 0: it is no such node.
 */
static uint32_t turned_inputs(const rq_pass *p, const rq_node *node, const order *by)
{
    int rank = rq_ir_builder_rank(p->b, node->out[0]);
    int64_t axis;
    size_t n;
    if (rank != (int)by->n) return 0;
    if (rq_node_is_any(node, unary)) return node->n_in == 1;
    if (rq_node_is_any(node, binary)) return rq_pass_constant_side(p, node) >= 0 ? 2 : 0;
    if (rq_node_is_any(node, by_axis)) return has_numbers(p, node, by);
    if (rq_node_is(node, &rq_op_Concat)) return node->n_in;
    if (rq_node_is(node, &rq_op_Split)) return rq_ir_builder_ints(p->b, node->in[1], &axis, 1, &n);
    return 0;
}

/* Does the value come from inputs by way of such layers, which nothing else reads? */
static bool comes_from_inputs(const rq_pass *p, rq_id value, const order *by, int depth)
{
    const rq_node *node = rq_value_producer(p->graph, value);
    if (rq_ir_builder_const(p->b, value)) return true;
    if (rq_node_is(node, &rq_op_Parameter)) return true;
    uint32_t n = depth < MAX_DEPTH ? turned_inputs(p, node, by) : 0;
    if (depth && (node->n_out != 1 || rq_pass_uses(p, value) != 1)) return false;
    for (uint32_t i = 0; i < n; i++) {
        bool constant = rq_ir_builder_const(p->b, node->in[i]);
        if (!constant && rq_ir_builder_rank(p->b, node->in[i]) != (int)by->n) return false;
        if (!comes_from_inputs(p, node->in[i], by, depth + 1)) return false;
    }
    return n > 0;
}

/* -- moving up by one layer ------------------------------------------------------------------- */

static rq_id turn(rq_pass *p, rq_id value, const order *by)
{
    rq_shape shape = rq_ir_builder_shape(p->b, value);
    int64_t dims[RQ_MAX_RANK];
    size_t missing = by->n - (size_t)shape.rank;
    if (rq_ir_builder_const(p->b, value)) {
        if (rq_shape_count(&shape) == 1) return value;
        for (size_t i = 0; i < by->n; i++) dims[i] = i < missing ? 1 : shape.d[i - missing];
        value = rq_emit_reshape(p->b, value, dims, by->n);
    }
    return rq_emit_transpose(p->b, value, by->v, by->n);
}

/* Numbers by axis in the other order. */
static void turn_numbers(rq_pass *p, rq_node *node, const order *by)
{
    int64_t numbers[RQ_MAX_RANK], turned[RQ_MAX_RANK];
    size_t n;
    for (uint32_t i = 1; i < 3 || (i < node->n_in && rq_node_is(node, &rq_op_SpaceToBatch)); i++) {
        if (!rq_ir_builder_ints(p->b, node->in[i], numbers, RQ_MAX_RANK, &n) || n != by->n) return;
        for (size_t k = 0; k < n; k++) turned[k] = numbers[by->v[k]];
        rq_pass_set_input(p, node, i, rq_emit_ints(p->b, turned, n));
    }
}

/* Where an axis of what was transposed is behind the Transpose. */
static int64_t turned_axis(int64_t axis, const order *by)
{
    size_t i = 0;
    if (axis < 0) axis += (int64_t)by->n;
    while (i + 1 < by->n && by->v[i] != axis) i++;
    return (int64_t)i;
}

static void turn_axis(rq_pass *p, rq_node *node, const order *by)
{
    int64_t axis;
    size_t n;
    if (rq_node_is(node, &rq_op_Concat)) {
        axis = turned_axis(rq_pass_int(p, node, "axis"), by);
        rq_pass_set_attr(p, node, "axis", rq_ir_builder_text(p->b, &axis, 1));
    } else if (rq_ir_builder_ints(p->b, node->in[1], &axis, 1, &n)) {
        rq_pass_set_input(p, node, 1, rq_emit_int(p->b, turned_axis(axis, by)));
    }
}

/* Readers of the Transposes behind the node read what it gives, which is turned now: names of
 * tensors are of what they were, and go. */
static void drop_transposes(rq_pass *p, const rq_node *node)
{
    for (uint32_t i = 0; i < node->n_out; i++) {
        rq_node *reader = p->graph->nodes[rq_pass_only_use(p, node->out[i])->node];
        p->graph->values[node->out[i]]->names = NULL;
        rq_pass_replace(p, reader, node->out[i]);
    }
}

static void move_up(rq_pass *p, rq_node *node, const order *by)
{
    uint32_t n = turned_inputs(p, node, by);
    for (uint32_t i = 0; i < n; i++) rq_pass_set_input(p, node, i, turn(p, node->in[i], by));
    if (rq_node_is_any(node, by_axis)) turn_numbers(p, node, by);
    if (rq_node_is(node, &rq_op_Concat) || rq_node_is(node, &rq_op_Split)) turn_axis(p, node, by);
    rq_ir_builder_infer(p->b, node, false);
    drop_transposes(p, node);
}

static void run(rq_pass *p)
{
    for (size_t i = 0; i < p->graph->n_nodes; i++) {
        order by;
        rq_node *transpose = rq_pass_node(p, i, &rq_op_Transpose);
        if (!transpose || !read_order(p, transpose, &by)) continue;
        rq_node *node = rq_value_producer(p->graph, transpose->in[0]);
        if (rq_node_is(node, &rq_op_Parameter) || rq_ir_builder_const(p->b, transpose->in[0]) ||
            !turned_everywhere(p, node, &by) || !comes_from_inputs(p, transpose->in[0], &by, 0))
            continue;
        move_up(p, node, &by);
    }
}

const rq_pass_row rq_pass_rise = {"rise", "Transposes moved up to the inputs", run, false};
