/* One view of every weight tensor: output channel c, input i, tap t.
 *
 *   element(c, i, t) = (c / outputs) * group_stride + (c % outputs) * output_stride
 *                    + i * input_stride + t * tap_stride
 *
 * Convolution O,I,K; ConvolutionBackpropData I,O,K; grouped G,O,I,K and G,I,O,K; MatMul K,O or O,K
 * (leading batch dimensions count as taps). The input channel that i multiplies is
 * (c / outputs) * inputs + i of the activation. */
#ifndef RQ_QUANT_LAYERS_WEIGHT_LAYOUT_H
#define RQ_QUANT_LAYERS_WEIGHT_LAYOUT_H

#include "quant/placement/quantizer_placement.h"

typedef struct rq_weight_layout {
    size_t groups, outputs, inputs, taps; /* outputs and inputs are per group */
    size_t group_stride, output_stride, input_stride, tap_stride;
    rq_shape scale_shape; /* 1 everywhere but on the output channel axes */
    bool depthwise;       /* one input per group: no products are summed over channels */
} rq_weight_layout;

/* RQ_EUNSUPPORTED when the weights have a rank that the layer type does not define. */
rq_status rq_weight_layout_find(rq_weight_layout *out, const rq_bound *bound,
                                const rq_weight_point *point);

/* The axis of a layer's activation input at `port` that the layer sums over. */
int rq_weight_summed_axis(const rq_bound *bound, const rq_node *node, uint32_t port);

static inline size_t rq_weight_channels(const rq_weight_layout *l)
{
    return l->groups * l->outputs;
}

static inline size_t rq_weight_offset(const rq_weight_layout *l, size_t c)
{
    return c / l->outputs * l->group_stride + c % l->outputs * l->output_stride;
}

/* Weight k of a channel, inputs of a tap side by side, from the channel's offset. */
static inline size_t rq_weight_within(const rq_weight_layout *l, size_t k)
{
    return k % l->inputs * l->input_stride + k / l->inputs * l->tap_stride;
}

static inline size_t rq_weight_at(const rq_weight_layout *l, size_t c, size_t k)
{
    return rq_weight_offset(l, c) + rq_weight_within(l, k);
}

#endif
