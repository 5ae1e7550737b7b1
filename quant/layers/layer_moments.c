#include "quant/layers/layer_moments.h"

#include "engine/ops/common/blas.h"

#include <math.h>

#define DAMPING 0.03

rq_status rq_fit_buffers_alloc(rq_fit_buffers *out, size_t o, size_t n, rq_arena *arena)
{
    bool ok = (out->residual = rq_arena_alloc(arena, o * n, sizeof *out->residual)) &&
              (out->hessian = rq_arena_alloc(arena, n * n, sizeof *out->hessian)) &&
              (out->curves = rq_arena_alloc(arena, n, sizeof *out->curves)) &&
              (out->gradient = rq_arena_alloc(arena, o * n, sizeof *out->gradient)) &&
              (out->mean = rq_arena_alloc(arena, n, sizeof *out->mean));
    return ok ? RQ_OK : RQ_ENOMEM;
}

void rq_moments_mean(double *mean, const rq_gram_part *part, size_t group, size_t n, bool centred)
{
    const double *sum = part->sum + group * n;
    for (size_t k = 0; k < n; k++) mean[k] = centred ? sum[k] / (double)part->rows : 0.0;
}

bool rq_moments_damp(float *hessian, size_t n)
{
    double trace = 0.0;
    for (size_t k = 0; k < n; k++) trace += hessian[k * n + k];
    float added = (float)(DAMPING * trace / (double)n);
    for (size_t k = 0; k < n; k++) hessian[k * n + k] += added;
    return added > 0.0f && isfinite(added);
}

void rq_moments_curves(float *curves, const float *hessian, size_t n)
{
    for (size_t k = 0; k < n; k++) curves[k] = hessian[k * n + k];
}

double rq_moments_error(const float *residual, const float *hessian, size_t o, size_t n,
                        float *gradient)
{
    double sum = 0.0;
    rq_blas_sgemm(false, false, o, n, n, residual, hessian, 0.0f, gradient);
    for (size_t i = 0; i < o * n; i++) sum += (double)residual[i] * gradient[i];
    return fmax(sum, 0.0);
}
