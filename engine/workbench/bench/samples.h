/* Measured numbers: a growing array and its quantiles. */
#ifndef RQ_WORKBENCH_BENCH_SAMPLES_H
#define RQ_WORKBENCH_BENCH_SAMPLES_H

#include "engine/base/status.h"

#include <stddef.h>

/* {0} is empty; freed with rq_samples_free. */
typedef struct rq_samples {
    double *v;
    size_t n, capacity;
} rq_samples;

rq_status rq_samples_add(rq_samples *samples, double x);
rq_status rq_samples_append(rq_samples *samples, const rq_samples *more);
void rq_samples_free(rq_samples *samples);

void rq_samples_sort(rq_samples *samples);
/* The p-quantile, p in [0, 1], of sorted samples: linear between the two that lie around it. NaN
 * when there are none. */
double rq_samples_quantile(const rq_samples *sorted, double p);
/* How far apart they are: (p90 - p10) / median, of sorted samples. */
double rq_samples_spread(const rq_samples *sorted);

#endif
