/* Moments of a layer's input, and what an error of its weights costs by them: what the two ways of
 * adaptive rounding (INT8, compressed weights) have in common. Matrices are row-major. */
#ifndef RQ_QUANT_LAYERS_LAYER_MOMENTS_H
#define RQ_QUANT_LAYERS_LAYER_MOMENTS_H

#include "engine/base/arena.h"
#include "quant/layers/gram.h"

/* What one group of a layer's output channels is fitted in: o channels of n weights. */
typedef struct rq_fit_buffers {
    float *residual; /* o, n: of the weights and what stands for them */
    float *hessian;  /* n, n */
    float *gradient; /* o, n */
    double *mean;    /* n */
} rq_fit_buffers;

rq_status rq_fit_buffers_alloc(rq_fit_buffers *out, size_t o, size_t n, rq_arena *arena);

/* mean[width] of the inputs of a group, but for the holdout rows. Where nothing takes the mean's
 * share of the error (not centred), 0: moments are then about 0. */
void rq_moments_mean(double *mean, const rq_gram *sums, size_t group, bool centred);

/* hessian[width, width] of a group: the sum of (x - mean) (x - mean)^T over all rows x but the
 * holdout ones, times `weight`; by the mean of rq_moments_mean. */
void rq_moments_find(float *hessian, const rq_gram *sums, size_t group, const double *mean,
                     double weight);

/* Adds the same of the holdout rows. scratch[o, width] */
void rq_moments_add_holdout(float *hessian, const rq_gram *sums, size_t group, const double *mean,
                            double weight, float *scratch, size_t o);

/* What is to be added to the diagonal: a share of the mean moment, since inputs that hardly vary
 * here may do so elsewhere. Where none varies, or one is not finite, it is not a finite number > 0:
 * there is nothing to fit to. */
float rq_moments_damping(const float *hessian, size_t n);

/* The sum over output channels of the mean of (r (x - mean))^2 over holdout rows x, r a row of
 * residual[o, width]: the square error that the residual makes at the layer's output.
 * scratch[o, width] */
double rq_moments_error(const rq_gram *sums, size_t group, const double *mean,
                        const float *residual, size_t o, float *scratch);

#endif
