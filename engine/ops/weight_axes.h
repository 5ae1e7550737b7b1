/* Where weighted operators keep their channels. Axes count from 0; -1: there is none. Every
 * function asserts that the operator has weights (op->weights). */
#ifndef RQ_OPS_WEIGHT_AXES_H
#define RQ_OPS_WEIGHT_AXES_H

#include "engine/ops/op.h"

static inline bool rq_op_is_convolution(const rq_op *op) /* not a transposed one */
{
    return op->weights == RQ_WEIGHTS_OIK || op->weights == RQ_WEIGHTS_GOIK;
}
static inline bool rq_op_is_transposed(const rq_op *op) /* a transposed convolution */
{
    return op->weights == RQ_WEIGHTS_IOK || op->weights == RQ_WEIGHTS_GIOK;
}
static inline bool rq_op_is_grouped(const rq_op *op)
{
    return op->weights == RQ_WEIGHTS_GOIK || op->weights == RQ_WEIGHTS_GIOK;
}
static inline bool rq_op_is_matrix_product(const rq_op *op)
{
    return op->weights == RQ_WEIGHTS_MATRIX;
}

/* Axes of the weights, which are the operand at `port` and have `rank` dims. The dims left over are
 * the kernel, behind these, or the batch of a matrix product, before them. A matrix product's
 * operand of one dim has an input axis only. */
typedef struct rq_weight_axes {
    int group, output, input;
} rq_weight_axes;
rq_weight_axes rq_weight_axes_of(const rq_op *op, const void *attrs, uint32_t port, int rank);

/* The axis along which the data, at `port` and of `rank` dims, meets the weights' input channels
 * (those of all groups). */
int rq_summed_axis(const rq_op *op, const void *attrs, uint32_t port, int rank);

/* The axis of the output, of `rank` dims, that holds the output channels (those of all groups) of
 * weights at `port`. */
int rq_output_channel_axis(const rq_op *op, uint32_t port, int rank);

#endif
