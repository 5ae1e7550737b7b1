/* The inputs that one weighted layer multiplies: which vector of the activation meets the weights
 * at each output position ("im2col" of a single position). */
#ifndef RQ_QUANT_LAYERS_IM2COL_H
#define RQ_QUANT_LAYERS_IM2COL_H

#include "engine/ops/common/window.h"
#include "quant/layers/weight_layout.h"

/* A row has `width` floats for each group: tap after tap, the inputs of a tap side by side. Element
 * k meets the weight at rq_weight_within(layout, k) of an output channel. */
typedef struct rq_im2col {
    rq_id node, value;                  /* the layer and its activation input */
    uint32_t port;                      /* of that input */
    size_t groups, inputs, taps, width; /* width = inputs * taps */
    size_t positions;                   /* rows of one inference */
    bool matmul;
    bool channels_last; /* how `x` of rq_im2col_row lies; convolutions only */
    /* MatMul: row p starts at p / inner * outer_stride + p % inner * step */
    size_t outer_stride, inner, step, summed_stride;
    rq_window window; /* convolutions */
} rq_im2col;

/* Says why not in *why (a constant text) where rows of this layer cannot be taken, else sets it to
 * NULL: transposed convolutions, products of a batch of weights, shapes known at run time only. */
rq_status rq_im2col_find(rq_im2col *out, const char **why, const rq_bound *bound,
                         const rq_weight_point *point, const rq_weight_layout *layout);

/* The same layer at the shapes of another binding of its graph; positions 0 where its input has no
 * fixed shape there. */
rq_status rq_im2col_rebind(rq_im2col *out, const rq_im2col *layer, const rq_bound *bound);

/* Row `position` of the dense activation `x`: each group's `width` floats, `group_stride` apart;
 * zero where the window hangs over the edge. */
void rq_im2col_row(float *row, size_t group_stride, const rq_im2col *layer, const float *x,
                   size_t position);

#endif
