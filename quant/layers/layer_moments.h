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
    float *curves;   /* n: its diagonal */
    float *gradient; /* o, n */
    double *mean;    /* n */
} rq_fit_buffers;

rq_status rq_fit_buffers_alloc(rq_fit_buffers *out, size_t o, size_t n, rq_arena *arena);

/* mean[n] of the inputs of a group, over a part's rows. Where nothing takes the mean's share of the
 * error (not centred), 0: moments are then about 0. */
void rq_moments_mean(double *mean, const rq_gram_part *part, size_t group, size_t n, bool centred);

/* Adds a share of the mean moment to all of hessian[n, n]: inputs that hardly vary here may do so
 * elsewhere. False where none varies, or one is not finite: there is nothing to fit to. */
bool rq_moments_damp(float *hessian, size_t n);

/* curves[n]: the diagonal. */
void rq_moments_curves(float *curves, const float *hessian, size_t n);

/* The sum over output channels of r hessian r^T, r a row of residual[o, n]: the square error that
 * the residual makes at the layer's output. gradient[o, n] is scratch. */
double rq_moments_error(const float *residual, const float *hessian, size_t o, size_t n,
                        float *gradient);

#endif
