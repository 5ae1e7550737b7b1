#include "engine/base/mem.h"
#include "engine/base/rng.h"
#include "reports/interval.h"

#include <math.h>
#include <stdlib.h>

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Linear between neighbours, as numpy's default; infinities are not interpolated. */
static double quantile(const double *sorted, size_t n, double q)
{
    double at = q * (double)(n - 1);
    size_t below = (size_t)at;
    double low = sorted[below], high = sorted[below + 1 < n ? below + 1 : below];
    if (low == high || !isfinite(low) || !isfinite(high))
        return at - (double)below < 0.5 ? low : high;
    return low + (at - (double)below) * (high - low);
}

/* Resampled values that are numbers, sorted; how many. */
static size_t resample(double *values, size_t *picks, rq_statistic_fn *statistic, const void *ctx,
                       size_t n, uint64_t seed)
{
    rq_rng rng;
    size_t kept = 0;
    rq_rng_seed(&rng, seed);
    for (size_t round = 0; round < RQ_BOOTSTRAP_ROUNDS; round++) {
        for (size_t i = 0; i < n; i++) picks[i] = (size_t)rq_rng_below(&rng, n);
        double x = statistic(ctx, picks, n);
        if (!isnan(x)) values[kept++] = x;
    }
    qsort(values, kept, sizeof *values, by_value);
    return kept;
}

rq_status rq_bootstrap(rq_estimate *out, rq_statistic_fn *statistic, const void *ctx, size_t n,
                       uint64_t seed)
{
    size_t *picks = NULL;
    double *values = NULL;
    *out = RQ_NO_ESTIMATE;
    if (n == 0) return RQ_OK;
    rq_status status = rq_calloc(&picks, n, sizeof *picks, "images of a bootstrap");
    if (status == RQ_OK)
        status = rq_calloc(&values, RQ_BOOTSTRAP_ROUNDS, sizeof *values, "rounds of a bootstrap");
    if (status == RQ_OK) {
        for (size_t i = 0; i < n; i++) picks[i] = i;
        out->value = statistic(ctx, picks, n);
        size_t kept = n > 1 ? resample(values, picks, statistic, ctx, n, seed) : 0;
        if (kept) {
            out->low = quantile(values, kept, 0.025);
            out->high = quantile(values, kept, 0.975);
        }
    }
    free(picks);
    free(values);
    return status;
}
