#include "quant/layers/im2col.h"

#include "engine/ops/common/convolution.h"
#include "engine/ops/weight_axes.h"

#include <string.h>

#define MAX_WIDTH 8192 /* moments of so many inputs are 256 MiB */

/* `summed`: the axis that is summed over; rows lie side by side along the other one. */
static void find_matmul(rq_im2col *l, int summed, const rq_shape *x)
{
    size_t columns = (size_t)x->d[x->rank - 1];
    size_t rows = x->rank > 1 ? (size_t)x->d[x->rank - 2] : 1;
    bool along = summed == x->rank - 1;
    l->matmul = true;
    l->outer_stride = rows * columns;
    l->inner = along ? rows : columns;
    l->step = along ? columns : 1;
    l->summed_stride = along ? 1 : columns;
    l->positions = rq_shape_count(x) / l->width;
}

static const char *reason_against(const rq_op *op, const rq_shape *x, rq_dtype dtype,
                                  const rq_weight_layout *layout)
{
    if (!rq_shape_is_static(x)) return "its input has no fixed shape";
    if (dtype != RQ_DT_F32) return "its input is not f32";
    if (layout->inputs > MAX_WIDTH / layout->taps) return "too many weights in an output channel";
    if (rq_op_is_matrix_product(op)) return layout->taps > 1 ? "a batch of weights" : NULL;
    if (rq_op_is_transposed(op)) return "a transposed convolution";
    return NULL;
}

static rq_status find_places(rq_im2col *l, const rq_bound *bound)
{
    const rq_node *node = bound->graph->nodes[l->node];
    const rq_shape *x = &bound->values[l->value].shape;
    if (rq_op_is_matrix_product(bound->nodes[l->node].op)) {
        find_matmul(l, rq_weight_summed_axis(bound, node, l->port), x);
        return RQ_OK;
    }
    RQ_TRY(rq_window_of(&l->window, bound, node));
    l->positions = (size_t)x->d[0] * rq_window_out_count(&l->window);
    return RQ_OK;
}

rq_status rq_im2col_find(rq_im2col *out, const char **why, const rq_bound *bound,
                         const rq_weight_point *point, const rq_weight_layout *layout)
{
    const rq_node *node = bound->graph->nodes[point->node];
    const rq_op *op = bound->nodes[point->node].op;
    uint32_t port = 1 - point->port;
    const rq_shape *x = &bound->values[node->in[port]].shape;
    memset(out, 0, sizeof *out);
    *why = reason_against(op, x, bound->values[node->in[port]].dtype, layout);
    if (*why) return RQ_OK;
    out->node = point->node;
    out->port = port;
    out->value = node->in[port];
    out->groups = layout->groups;
    out->inputs = layout->inputs;
    out->taps = layout->taps;
    out->width = layout->inputs * layout->taps;
    return find_places(out, bound);
}

rq_status rq_im2col_rebind(rq_im2col *out, const rq_im2col *layer, const rq_bound *bound)
{
    *out = *layer;
    out->positions = 0;
    return rq_shape_is_static(&bound->values[layer->value].shape) ? find_places(out, bound) : RQ_OK;
}

static void matmul_row(float *row, const rq_im2col *l, const float *x, size_t position)
{
    const float *from = x + position / l->inner * l->outer_stride + position % l->inner * l->step;
    for (size_t k = 0; k < l->width; k++) row[k] = from[k * l->summed_stride];
}

/* Where in the input's plane a tap of the window at output `place` lies; false: in the padding. */
static bool find_tap(size_t *out, const rq_window *w, size_t place, size_t tap)
{
    size_t offset = 0, places = rq_window_out_count(w), taps = rq_window_taps(w);
    for (int d = 0; d < RQ_MAX_SPATIAL; d++) {
        places /= (size_t)w->out[d];
        taps /= (size_t)w->kernel[d];
        int64_t p = (int64_t)(place / places % (size_t)w->out[d]);
        int64_t t = (int64_t)(tap / taps % (size_t)w->kernel[d]);
        int64_t at = p * w->stride[d] - w->pad_begin[d] + t * w->dilation[d];
        if (at < 0 || at >= w->in[d]) return false;
        offset = offset * (size_t)w->in[d] + (size_t)at;
    }
    *out = offset;
    return true;
}

void rq_im2col_row(float *row, size_t group_stride, const rq_im2col *l, const float *x,
                   size_t position)
{
    if (l->matmul) {
        matmul_row(row, l, x, position);
        return;
    }
    size_t channels = l->groups * l->inputs, places = rq_window_out_count(&l->window);
    size_t plane = rq_window_in_count(&l->window);
    const float *from = x + position / places * channels * plane;
    for (size_t t = 0; t < l->taps; t++) {
        size_t at = 0;
        bool inside = find_tap(&at, &l->window, position % places, t);
        for (size_t g = 0; g < l->groups; g++) {
            float *to = row + g * group_stride + t * l->inputs;
            if (!inside)
                memset(to, 0, l->inputs * sizeof *to);
            else if (l->channels_last)
                memcpy(to, from + at * channels + g * l->inputs, l->inputs * sizeof *to);
            else
                for (size_t i = 0; i < l->inputs; i++)
                    to[i] = from[(g * l->inputs + i) * plane + at];
        }
    }
}
