/* Strides of 1x1 convolutions moved up: where a 3x3 (or any) convolution, with only element-wise
 * layers between, is read by a 1x1 convolution with a stride alone, the stride goes to the one
 * before, which then computes only what is looked at. */
#include "engine/import/pass.h"

#include "engine/ops/common/window.h"

static bool all_are(const rq_ints *list, int64_t want)
{
    for (size_t i = 0; i < list->n; i++)
        if (list->v[i] != want) return false;
    return list->n > 0;
}

static bool is_convolution(const rq_node *node)
{
    return rq_node_is(node, &rq_op_Convolution) || rq_node_is(node, &rq_op_GroupConvolution);
}

/* Where the kernel starts in the weights. */
static int first_tap(const rq_node *conv)
{
    return rq_node_is(conv, &rq_op_Convolution) ? 2 : 3;
}

static bool is_explicit(const rq_window_attrs *attrs)
{
    return attrs->auto_pad == RQ_PAD_EXPLICIT || attrs->auto_pad == RQ_PAD_VALID;
}

/* 1x1, unpadded, with a stride. */
static bool skips(const rq_pass *p, const rq_node *node)
{
    rq_shape w = rq_ir_builder_shape(p->b, node->in[1]);
    const rq_window_attrs *attrs = rq_pass_attrs(p, node);
    int first = first_tap(node);
    for (int i = first; i < w.rank; i++)
        if (w.d[i] != 1) return false;
    return w.rank > first && is_explicit(attrs) && all_are(&attrs->pads_begin, 0) &&
           all_are(&attrs->pads_end, 0) && !all_are(&attrs->strides, 1);
}

/* Layers whose output at a place depends on the input at that place only. */
static bool is_pointwise(const rq_pass *p, const rq_node *node)
{
    static const rq_op *const unary[] = {
        &rq_op_ReLU,   &rq_op_Clamp, &rq_op_Sigmoid, &rq_op_Tanh, &rq_op_Elu, &rq_op_Swish,
        &rq_op_HSwish, &rq_op_Mish,  &rq_op_PReLU,   &rq_op_Gelu, NULL};
    if (rq_node_is_any(node, unary)) return true;
    int side = rq_pass_constant_side(p, node);
    const rq_tensor *c = side < 0 ? NULL : rq_ir_builder_const(p->b, node->in[side]);
    if (!c || (!rq_node_is(node, &rq_op_Add) && !rq_node_is(node, &rq_op_Multiply))) return false;
    for (int i = 0; i < c->shape.rank; i++) /* the same everywhere in the image */
        if (c->shape.d[i] != 1 && rq_ir_builder_rank(p->b, node->out[0]) - c->shape.rank + i > 1)
            return false;
    return true;
}

/* The convolution before, through single-use pointwise layers. */
static rq_node *convolution_before(const rq_pass *p, rq_id value)
{
    for (int steps = 0; steps < 8; steps++) {
        rq_node *node = rq_value_producer(p->graph, value);
        if (rq_pass_uses(p, value) != 1) return NULL;
        if (is_convolution(node)) return node;
        if (!is_pointwise(p, node)) return NULL;
        int side = node->n_in == 2 && !rq_node_is(node, &rq_op_PReLU)
                       ? rq_pass_constant_side(p, node)
                       : -1;
        value = node->in[side == 0 ? 1 : 0];
    }
    return NULL;
}

static void move_up(rq_pass *p, rq_node *conv)
{
    rq_node *before = skips(p, conv) ? convolution_before(p, conv->in[0]) : NULL;
    const rq_window_attrs *attrs = before ? rq_pass_attrs(p, before) : NULL;
    if (!before || !is_explicit(attrs) || !all_are(&attrs->strides, 1)) return;
    const char *strides = rq_node_attr(conv, "strides");
    rq_shape w = rq_ir_builder_shape(p->b, conv->in[1]);
    int64_t ones[RQ_MAX_RANK];
    size_t n = (size_t)(w.rank - first_tap(conv));
    for (size_t i = 0; i < n; i++) ones[i] = 1;
    rq_pass_set_attr(p, before, "strides", strides);
    rq_pass_set_attr(p, conv, "strides", rq_ir_builder_text(p->b, ones, n));
    rq_pass_reinfer(p);
    rq_pass_set_input(p, conv, 0, conv->in[0]); /* counts as a change */
}

static void run(rq_pass *p)
{
    for (size_t i = 0; i < p->graph->n_nodes; i++) {
        rq_node *node;
        if ((node = rq_pass_node(p, i, &rq_op_Convolution))) move_up(p, node);
        if ((node = rq_pass_node(p, i, &rq_op_GroupConvolution))) move_up(p, node);
    }
}

const rq_pass_row rq_pass_stride = {
    "stride", "strides of 1x1 convolutions moved to the preceding convolution", run, true};
