#include "engine/ops/common/convolution.h"

#include "engine/ops/weight_axes.h"
#include "engine/ops/work.h"

#include <assert.h>

const rq_attr_spec rq_convolution_specs[] = {RQ_WINDOW_SPECS, RQ_ATTRS_END};
const rq_attr_spec rq_backward_specs[] = {
    RQ_WINDOW_SPECS,
    {"output_padding", RQ_ATTR_INTS, offsetof(rq_backward_attrs, output_padding), "", NULL},
    RQ_ATTRS_END,
};

static rq_status read_channels(rq_convolution *c, const rq_op *op, const rq_node *node,
                               const rq_shape *x, const rq_shape *w)
{
    char data[RQ_SHAPE_TEXT], weights[RQ_SHAPE_TEXT];
    rq_weight_axes axes = rq_weight_axes_of(op, NULL, 1, w->rank);
    if (x->rank < 3 || x->rank > 2 + RQ_MAX_SPATIAL || w->rank != x->rank + rq_op_is_grouped(op))
        return rq_node_fail(node, RQ_EFORMAT, "data %s and weights %s do not make a convolution",
                            rq_shape_text(x, data), rq_shape_text(w, weights));
    c->batch = x->d[0];
    c->groups = axes.group < 0 ? 1 : w->d[axes.group];
    c->inputs = w->d[axes.input];
    c->outputs = w->d[axes.output];
    if (c->groups >= 1 && x->d[1] == c->groups * c->inputs) return RQ_OK;
    return rq_node_fail(node, RQ_EFORMAT, "data %s has %lld channels, weights %s expect %lld",
                        rq_shape_text(x, data), (long long)x->d[1], rq_shape_text(w, weights),
                        (long long)(c->groups * c->inputs));
}

/* The output's sizes that input 2 asks for; zeros without one. */
static rq_status read_target(int64_t target[RQ_MAX_SPATIAL], const rq_node *node,
                             const rq_tensor *in, uint32_t n_in, int n)
{
    size_t count;
    for (int d = 0; d < RQ_MAX_SPATIAL; d++) target[d] = 0;
    if (!rq_input_given(in, n_in, 2)) return RQ_OK;
    RQ_TRY(rq_tensor_ints(node, &in[2], target, RQ_MAX_SPATIAL, &count));
    if (count == (size_t)n) return RQ_OK;
    return rq_node_fail(node, RQ_EFORMAT, "output_shape has %zu entries, expected %d", count, n);
}

rq_status rq_convolution_read(rq_convolution *out, const rq_op *op, const rq_node *node,
                              const void *attrs, const rq_tensor *in, uint32_t n_in)
{
    const rq_shape *x = &in[0].shape, *w = &in[1].shape;
    RQ_TRY(read_channels(out, op, node, x, w));
    int n = x->rank - 2;
    const int64_t *kernel = w->d + w->rank - n;
    if (!rq_op_is_transposed(op))
        return rq_window_forward(&out->window, node, attrs, x->d + 2, kernel, n, RQ_WINDOW_FLOOR);
    const rq_backward_attrs *backward = attrs;
    int64_t target[RQ_MAX_SPATIAL];
    RQ_TRY(read_target(target, node, in, n_in, n));
    return rq_window_backward(&out->window, node, &backward->window, &backward->output_padding,
                              x->d + 2, kernel, n, target);
}

rq_shape rq_convolution_shape(const rq_convolution *c, const rq_shape *x)
{
    rq_shape out = rq_window_pooled(&c->window, x);
    out.d[1] = c->groups * c->outputs;
    return out;
}

rq_status rq_convolution_run_groups(rq_call *call, rq_convolution_group_fn *run_group)
{
    rq_convolution c;
    RQ_TRY(rq_convolution_read(&c, call->op, call->node, call->attrs, call->in, call->n_in));
    size_t x_step = (size_t)c.inputs * rq_window_in_count(&c.window);
    size_t out_step = (size_t)c.outputs * rq_window_out_count(&c.window);
    size_t w_step = (size_t)(c.outputs * c.inputs) * rq_window_taps(&c.window);
    const float *x = call->in[0].data, *weights = call->in[1].data;
    float *out = call->out[0].data;
    for (int64_t n = 0; n < c.batch; n++)
        for (int64_t g = 0; g < c.groups; g++, x += x_step, out += out_step)
            run_group(out, x, weights + (size_t)g * w_step, &c, call->scratch);
    return RQ_OK;
}

double rq_convolution_flops(const rq_work_shapes *shapes)
{
    const rq_shape *w = shapes->in[1];
    if (!w) return 0;
    bool transposed = rq_op_is_transposed(shapes->op);
    rq_weight_axes axes = rq_weight_axes_of(shapes->op, shapes->attrs, 1, w->rank);
    double channels = rq_work_extent(w, transposed ? axes.input : axes.output) *
                      (axes.group < 0 ? 1 : rq_work_extent(w, axes.group));
    double elements = rq_work_count(transposed ? shapes->in[0] : shapes->out);
    return channels > 0 ? 2 * elements * rq_work_count(w) / channels : 0;
}

rq_status rq_window_of(rq_window *out, const rq_bound *bound, const rq_node *node)
{
    rq_tensor in[3] = {{0}};
    rq_convolution c;
    const rq_bound_node *b = &bound->nodes[node->id];
    uint32_t n_in = node->n_in < 3 ? node->n_in : 3;
    assert(!b->deferred);
    for (uint32_t i = 0; i < n_in; i++)
        if (node->in[i] != RQ_NONE) in[i] = bound->values[node->in[i]];
    RQ_TRY(rq_convolution_read(&c, b->op, node, b->attrs, in, n_in));
    *out = c.window;
    return RQ_OK;
}
