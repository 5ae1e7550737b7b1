/* Constant factors, terms and reversed channels before a convolution, into its weights: what is
 * left of mean, scale and channel order given at import, and of scales inside models. */
#include "engine/import/pass.h"

#include "engine/ops/common/window.h"
#include "engine/ops/weight_axes.h"

/* The convolution, with constant weights, that is the value's only reader; NULL if there is none.
 */
static rq_node *only_convolution(const rq_pass *p, rq_id value)
{
    const rq_use *use = rq_pass_only_use(p, value);
    rq_node *node = use && use->port == 0 ? p->graph->nodes[use->node] : NULL;
    const rq_op *op = node ? rq_op_find(node->type) : NULL;
    return op && rq_op_is_convolution(op) && rq_ir_builder_const(p->b, node->in[1]) ? node : NULL;
}

/* A constant that meets [N,C,...] as one that meets weights [O,I,...] or [G,O/G,I/G,...] along the
 * input channels; RQ_NONE when it varies along anything else. */
static rq_id along_inputs(rq_pass *p, const rq_node *conv, rq_id c)
{
    rq_shape x = rq_ir_builder_shape(p->b, conv->in[0]), w = rq_ir_builder_shape(p->b, conv->in[1]);
    const rq_tensor *t = rq_ir_builder_const(p->b, c);
    int64_t dims[RQ_MAX_RANK];
    rq_weight_axes axes =
        rq_weight_axes_of(rq_op_find(conv->type), rq_pass_attrs(p, conv), 1, w.rank);
    if (!rq_dtype_is_float(t->dtype) || x.rank < 3 || t->shape.rank > x.rank) return RQ_NONE;
    for (int i = 0; i < t->shape.rank; i++)
        if (t->shape.d[i] != 1 && x.rank - t->shape.rank + i != 1) return RQ_NONE;
    if (rq_tensor_count(t) == 1) return rq_emit_reshape(p->b, c, NULL, 0);
    for (int i = 0; i < w.rank; i++) dims[i] = 1;
    dims[axes.input] = w.d[axes.input];
    if (axes.group >= 0) dims[axes.group] = w.d[axes.group];
    return rq_emit_reshape(p->b, c, dims, (size_t)w.rank);
}

static void scale_weights(rq_pass *p, rq_node *node)
{
    int side = rq_pass_constant_side(p, node);
    rq_node *conv = side < 0 ? NULL : only_convolution(p, node->out[0]);
    if (!conv ||
        rq_ir_builder_rank(p->b, node->in[1 - side]) != rq_ir_builder_rank(p->b, node->out[0]))
        return;
    rq_id factor = along_inputs(p, conv, node->in[side]);
    if (factor == RQ_NONE) return;
    rq_pass_set_input(p, conv, 1, rq_emit_binary(p->b, "Multiply-1", conv->in[1], factor));
    rq_pass_set_input(p, conv, 0, node->in[1 - side]);
}

/* -- terms ----------------------------------------------------------------------------------- */

static bool unpadded(const rq_pass *p, const rq_node *conv)
{
    const rq_window_attrs *attrs = rq_pass_attrs(p, conv);
    return attrs->auto_pad == RQ_PAD_VALID ||
           (attrs->auto_pad == RQ_PAD_EXPLICIT && !rq_window_may_pad(attrs));
}

/* conv(x + c) = conv(x) + sum of weights * c, where no padding mixes zeros in. */
static void move_term(rq_pass *p, rq_node *node)
{
    int side = rq_pass_constant_side(p, node);
    rq_node *conv = side < 0 ? NULL : only_convolution(p, node->out[0]);
    if (!conv || !rq_node_is(conv, &rq_op_Convolution) || !unpadded(p, conv) ||
        rq_ir_builder_rank(p->b, node->in[1 - side]) != rq_ir_builder_rank(p->b, node->out[0]))
        return;
    rq_id term = along_inputs(p, conv, node->in[side]);
    if (term == RQ_NONE) return;
    int rank = rq_ir_builder_rank(p->b, conv->in[1]);
    int64_t axes[RQ_MAX_RANK], dims[RQ_MAX_RANK] = {1, -1};
    for (int i = 1; i < rank; i++) axes[i - 1] = i;
    for (int i = 2; i < rank; i++) dims[i] = 1;
    rq_id product = rq_emit_binary(p->b, "Multiply-1", conv->in[1], term);
    rq_id sum =
        rq_emit(p->b, "ReduceSum-1", RQ_IN(product, rq_emit_ints(p->b, axes, (size_t)rank - 1)),
                "keep_dims=false");
    rq_pass_set_input(p, conv, 0, node->in[1 - side]);
    rq_pass_put_behind(p, conv,
                       rq_emit_binary(p->b, "Add-1", conv->out[0],
                                      rq_emit_reshape(p->b, sum, dims, (size_t)rank)));
}

/* -- reversed channels ----------------------------------------------------------------------- */

static bool reverses_channels(const rq_pass *p, const rq_node *gather)
{
    int64_t order[3], axis;
    size_t n;
    return rq_ir_builder_ints(p->b, gather->in[1], order, 3, &n) && n == 3 && order[0] == 2 &&
           order[1] == 1 && order[2] == 0 &&
           rq_ir_builder_ints(p->b, gather->in[2], &axis, 1, &n) && axis == 1 &&
           rq_ir_builder_rank(p->b, gather->in[0]) == 4;
}

static rq_id reversed(rq_pass *p, rq_id x, int64_t axis)
{
    return rq_emit_gather(p->b, x, RQ_EMIT_INTS(p->b, 2, 1, 0), axis);
}

/* reverse(x) + c = reverse(x + reverse(c)): it moves on towards the convolution. */
static void swap_with(rq_pass *p, rq_node *gather, rq_node *node)
{
    int side = rq_pass_constant_side(p, node);
    const rq_tensor *t = side < 0 ? NULL : rq_ir_builder_const(p->b, node->in[side]);
    if (!t || t->shape.rank > 4) return;
    rq_id c = node->in[side];
    if (rq_tensor_count(t) != 1) {
        if (t->shape.rank < 3 || t->shape.d[t->shape.rank - 3] != 3) return;
        c = reversed(p, c, t->shape.rank - 3);
    }
    rq_pass_set_input(p, node, (uint32_t)side, c);
    rq_pass_set_input(p, node, (uint32_t)(1 - side), gather->in[0]);
    rq_pass_put_behind(p, node, reversed(p, node->out[0], 1));
}

static void move_reversal(rq_pass *p, rq_node *gather)
{
    const rq_use *use = rq_pass_only_use(p, gather->out[0]);
    if (!use || !reverses_channels(p, gather)) return;
    rq_node *node = p->graph->nodes[use->node], *conv = only_convolution(p, gather->out[0]);
    if (rq_node_is(node, &rq_op_Add) || rq_node_is(node, &rq_op_Multiply)) {
        swap_with(p, gather, node);
    } else if (conv && rq_node_is(conv, &rq_op_Convolution)) {
        rq_pass_set_input(p, conv, 1, reversed(p, conv->in[1], 1));
        rq_pass_set_input(p, conv, 0, gather->in[0]);
    }
}

static void run(rq_pass *p)
{
    for (size_t i = 0; i < p->graph->n_nodes; i++) {
        rq_node *node;
        if ((node = rq_pass_node(p, i, &rq_op_Gather))) move_reversal(p, node);
        if ((node = rq_pass_node(p, i, &rq_op_Multiply))) scale_weights(p, node);
        if ((node = rq_pass_node(p, i, &rq_op_Add))) move_term(p, node);
    }
}

const rq_pass_row rq_pass_forward = {
    "forward", "scale, shift and channel reversal folded into the following convolution", run,
    true};
