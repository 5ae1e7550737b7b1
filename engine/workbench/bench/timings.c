#include "engine/workbench/bench/timings.h"

#include "engine/base/mem.h"

#include <math.h>
#include <stdlib.h>

rq_status rq_samples_add(rq_samples *samples, double x)
{
    RQ_TRY(rq_grow(&samples->v, &samples->capacity, samples->n, sizeof x, "timings"));
    samples->v[samples->n++] = x;
    return RQ_OK;
}

rq_status rq_samples_append(rq_samples *samples, const rq_samples *more)
{
    for (size_t i = 0; i < more->n; i++) RQ_TRY(rq_samples_add(samples, more->v[i]));
    return RQ_OK;
}

void rq_samples_free(rq_samples *samples)
{
    free(samples->v);
    *samples = (rq_samples){0};
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

void rq_samples_sort(rq_samples *samples)
{
    if (samples->n) qsort(samples->v, samples->n, sizeof *samples->v, compare);
}

double rq_samples_quantile(const rq_samples *sorted, double p)
{
    if (!sorted->n) return NAN;
    double at = p * (double)(sorted->n - 1);
    size_t below = (size_t)at;
    if (below + 1 >= sorted->n) return sorted->v[sorted->n - 1];
    double part = at - (double)below;
    return sorted->v[below] + part * (sorted->v[below + 1] - sorted->v[below]);
}

double rq_samples_spread(const rq_samples *sorted)
{
    return (rq_samples_quantile(sorted, 0.9) - rq_samples_quantile(sorted, 0.1)) /
           rq_samples_quantile(sorted, 0.5);
}
