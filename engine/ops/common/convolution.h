/* What the four convolutions are: sizes and windows, from shapes and attributes. Which one it is,
 * the operator's order of weights says. */
#ifndef RQ_OPS_COMMON_CONVOLUTION_H
#define RQ_OPS_COMMON_CONVOLUTION_H

#include "engine/ops/bind.h"
#include "engine/ops/common/window.h"

/* Attributes of Convolution and GroupConvolution, and of their transposes. */
extern const rq_attr_spec rq_convolution_specs[]; /* of an rq_window_attrs */
typedef struct rq_backward_attrs {
    rq_window_attrs window; /* first, for RQ_WINDOW_SPECS */
    rq_ints output_padding;
} rq_backward_attrs;
extern const rq_attr_spec rq_backward_specs[];

/* window.in is the data, window.out the result, of transposed ones too. */
typedef struct rq_convolution {
    rq_window window;
    int64_t batch, groups, inputs, outputs; /* inputs and outputs per group */
} rq_convolution;

/* From in[n_in]: data N,C,(D,H,)W; weights in the operator's order; input 2 of a transposed one, if
 * any, holds the output's spatial sizes (its data is read). RQ_EFORMAT, with the layer's name. */
rq_status rq_convolution_read(rq_convolution *out, const rq_op *op, const rq_node *node,
                              const void *attrs, const rq_tensor *in, uint32_t n_in);
/* One group of one image: x of `inputs` channels to out of `outputs`; `scratch` is the call's. */
typedef void rq_convolution_group_fn(float *out, const float *x, const float *weights,
                                     const rq_convolution *convolution, float *scratch);
/* Every group of every image, in f32. */
rq_status rq_convolution_run_groups(rq_call *call, rq_convolution_group_fn *run_group);
/* The output's shape, from that of the data. */
rq_shape rq_convolution_shape(const rq_convolution *convolution, const rq_shape *x);
/* Each output element takes the products of one output channel; of a transposed one, each input
 * element is spread over the products of one input channel. */
double rq_convolution_flops(const rq_work_shapes *shapes);

/* The window of a bound convolution, any of the four, whose shapes are known (not deferred). */
rq_status rq_window_of(rq_window *out, const rq_bound *bound, const rq_node *node);

#endif
