/* What PriorBox and PriorBoxClustered share: their two inputs, and the output [2, 4 * priors] of
 * boxes over variances. */
#ifndef RQ_OPS_COMMON_PRIOR_GRID_H
#define RQ_OPS_COMMON_PRIOR_GRID_H

#include "engine/ops/op.h"

typedef struct rq_prior_grid {
    int64_t height, width;             /* cells */
    int64_t image_height, image_width; /* pixels */
} rq_prior_grid;

/* Inputs [2]: height and width of the layer, then of the image. */
rq_status rq_prior_grid_read(rq_prior_grid *grid, const rq_node *node, const rq_tensor *in);
/* Output shape for `priors` boxes a cell; deferred where the layer's shape is not known yet. */
rq_status rq_prior_grid_infer(rq_infer *ctx, int64_t priors);
/* RQ_EFORMAT unless there are 0, 1 or 4 variances. */
rq_status rq_prior_variance_check(const rq_node *node, const rq_floats *variance);
/* The output's second row; no variances count as one of 0.1. */
void rq_prior_variance_fill(rq_tensor *out, const rq_floats *variance);

#endif
