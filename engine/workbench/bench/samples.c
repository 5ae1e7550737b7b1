#include "engine/workbench/bench/samples.h"

#include "engine/base/mem.h"
#include "engine/base/numbers.h"

#include <stdlib.h>

rq_status rq_samples_add(rq_samples *samples, double x)
{
    RQ_TRY(rq_grow(&samples->v, &samples->capacity, samples->n, sizeof x, "samples"));
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

void rq_samples_sort(rq_samples *samples)
{
    rq_sort_f64(samples->v, samples->n);
}

double rq_samples_quantile(const rq_samples *sorted, double p)
{
    return rq_quantile(sorted->v, sorted->n, p);
}

double rq_samples_spread(const rq_samples *sorted)
{
    return (rq_samples_quantile(sorted, 0.9) - rq_samples_quantile(sorted, 0.1)) /
           rq_samples_quantile(sorted, 0.5);
}
