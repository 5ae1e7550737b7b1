#include "quant/layers/layer_moments.h"

#include "engine/base/mem.h"
#include "engine/ops/common/blas.h"

#include <math.h>

#define DAMPING 0.03

rq_status rq_fit_buffers_alloc(rq_fit_buffers *out, size_t o, size_t n, rq_arena *arena)
{
    bool ok = (out->residual = rq_arena_alloc(arena, o * n, sizeof *out->residual)) &&
              (out->hessian = rq_arena_alloc(arena, n * n, sizeof *out->hessian)) &&
              (out->gradient = rq_arena_alloc(arena, o * n, sizeof *out->gradient)) &&
              (out->mean = rq_arena_alloc(arena, n, sizeof *out->mean));
    return ok ? RQ_OK : RQ_ENOMEM;
}

void rq_moments_mean(double *mean, const rq_gram *sums, size_t group, bool centred)
{
    size_t n = sums->layer->width;
    const double *sum = sums->sum + group * n;
    for (size_t k = 0; k < n; k++) mean[k] = centred ? sum[k] / (double)sums->rows : 0.0;
}

/* What lies above the diagonal, from below it: in squares that stay in the cache. */
#define SQUARE 64

static void mirror(float *matrix, size_t n)
{
    for (size_t top = 0; top < n; top += SQUARE)
        for (size_t left = top; left < n; left += SQUARE)
            for (size_t i = top; i < n && i < top + SQUARE; i++)
                for (size_t k = left > i ? left : i + 1; k < n && k < left + SQUARE; k++)
                    matrix[i * n + k] = matrix[k * n + i];
}

void rq_moments_find(float *hessian, const rq_gram *sums, size_t group, const double *mean,
                     double weight)
{
    size_t n = sums->layer->width, columns;
    for (size_t i = 0; i < n; i++) {
        const float *products = rq_gram_row(&columns, sums, group, i);
        double about = (double)sums->rows * mean[i];
        for (size_t k = 0; k <= i; k++)
            hessian[i * n + k] = (float)(weight * (products[k] - about * mean[k]));
    }
    mirror(hessian, n);
}

static const float *holdout_of(const rq_gram *sums, size_t group)
{
    return sums->holdout + group * sums->most_holdout * sums->layer->width;
}

void rq_moments_add_holdout(float *hessian, const rq_gram *sums, size_t group, const double *mean,
                            double weight, float *scratch, size_t o)
{
    size_t n = sums->layer->width;
    const float *x = holdout_of(sums, group);
    double factor = sqrt(weight);
    for (size_t first = 0; first < sums->n_holdout; first += o) {
        size_t rows = rq_min_size(o, sums->n_holdout - first);
        for (size_t r = 0; r < rows; r++)
            for (size_t k = 0; k < n; k++)
                scratch[r * n + k] = (float)(factor * (x[(first + r) * n + k] - mean[k]));
        rq_blas_sgemm(true, false, n, n, rows, scratch, scratch, 1.0f, hessian);
    }
}

float rq_moments_damping(const float *hessian, size_t n)
{
    double trace = 0.0;
    for (size_t k = 0; k < n; k++) trace += hessian[k * n + k];
    return (float)(DAMPING * trace / (double)n);
}

/* What the mean gives at the output of a channel. */
static double mean_output(const float *residual, const double *mean, size_t n)
{
    double sum = 0.0;
    for (size_t k = 0; k < n; k++) sum += residual[k] * mean[k];
    return sum;
}

double rq_moments_error(const rq_gram *sums, size_t group, const double *mean,
                        const float *residual, size_t o, float *scratch)
{
    size_t n = sums->layer->width;
    const float *x = holdout_of(sums, group);
    double sum = 0.0;
    for (size_t first = 0; first < sums->n_holdout; first += n) {
        size_t rows = rq_min_size(n, sums->n_holdout - first);
        rq_blas_sgemm(false, true, o, rows, n, residual, x + first * n, 0.0f, scratch);
        for (size_t c = 0; c < o; c++) {
            double of_mean = mean_output(residual + c * n, mean, n);
            for (size_t r = 0; r < rows; r++) {
                double lost = scratch[c * rows + r] - of_mean;
                sum += lost * lost;
            }
        }
    }
    return sum / (double)sums->n_holdout;
}
