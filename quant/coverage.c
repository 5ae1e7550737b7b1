#include "quant/coverage.h"

#include "engine/ops/common/convolve_backward.h"
#include "engine/ops/weight_axes.h"

typedef struct window {
    int64_t stride, dilation, pad, kernel;
    int64_t many, few; /* positions: p of `few` meets p * stride - pad + tap * dilation of `many` */
} window;

/* Entry d of a list attribute such as strides="2,2"; `fallback` where the list is shorter. */
static int64_t entry(const rq_ints *list, size_t d, int64_t fallback)
{
    return d < list->n ? list->v[d] : fallback;
}

/* "same_upper" and "same_lower" split the padding that makes the sizes fit. The odd element of
 * same_upper goes after the input (opset1 Convolution, auto_pad), but before the output of a
 * transposed convolution (opset1 ConvolutionBackpropData, output_shape). */
static int64_t find_pad(const rq_bound_node *b, const window *w, size_t d)
{
    const rq_window_attrs *attrs = b->attrs; /* first in every struct */
    bool backprop = rq_op_is_transposed(b->op);
    if (attrs->auto_pad == RQ_PAD_EXPLICIT || attrs->auto_pad == RQ_PAD_NOTSET)
        return entry(&attrs->pads_begin, d, 0);
    if (attrs->auto_pad == RQ_PAD_VALID) return 0;
    const rq_backward_attrs *backward = b->attrs;
    int64_t extra = backprop ? entry(&backward->output_padding, d, 0) : 0;
    int64_t total = (w->few - 1) * w->stride + (w->kernel - 1) * w->dilation + 1 + extra - w->many;
    if (total < 0) total = 0;
    return (attrs->auto_pad == RQ_PAD_SAME_UPPER) == backprop ? (total + 1) / 2 : total / 2;
}

static window find_window(const rq_bound_node *b, const rq_shape *in, const rq_shape *out,
                          const rq_shape *weights, size_t d)
{
    const rq_window_attrs *attrs = b->attrs;
    bool backprop = rq_op_is_transposed(b->op);
    int spatial = in->rank - 2;
    window w = {.stride = entry(&attrs->strides, d, 1),
                .dilation = entry(&attrs->dilations, d, 1),
                .kernel = weights->d[weights->rank - spatial + (int)d]};
    w.many = backprop ? out->d[2 + d] : in->d[2 + d];
    w.few = backprop ? in->d[2 + d] : out->d[2 + d];
    w.pad = find_pad(b, &w, d);
    return w;
}

static double tap_share(const window *w, int64_t tap, int64_t out_positions)
{
    int64_t hits = 0;
    for (int64_t p = 0; p < w->few; p++) {
        int64_t at = p * w->stride - w->pad + tap * w->dilation;
        hits += at >= 0 && at < w->many;
    }
    return (double)hits / (double)out_positions;
}

rq_status rq_coverage(double *coverage, const rq_bound *bound, const rq_weight_point *point,
                      const rq_weight_layout *layout)
{
    const rq_node *node = bound->graph->nodes[point->node];
    const rq_shape *in = &bound->values[node->in[0]].shape,
                   *out = &bound->values[node->out[0]].shape;
    for (size_t t = 0; t < layout->taps; t++) coverage[t] = 1.0;
    const rq_bound_node *b = &bound->nodes[node->id];
    if (rq_op_is_matrix_product(b->op)) return RQ_OK;
    const rq_shape *weights = &bound->values[point->value].shape;
    size_t inner = layout->taps;
    for (size_t d = 0; d + 2 < (size_t)in->rank; d++) {
        window w = find_window(b, in, out, weights, d);
        inner /= (size_t)w.kernel;
        for (size_t t = 0; t < layout->taps; t++)
            coverage[t] *= tap_share(&w, (int64_t)(t / inner) % w.kernel, out->d[2 + d]);
    }
    return RQ_OK;
}
