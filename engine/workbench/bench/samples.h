/* Measured numbers: a growing array and its quantiles. */
#ifndef RQ_WORKBENCH_BENCH_TIMINGS_H
#define RQ_WORKBENCH_BENCH_TIMINGS_H

#include "engine/base/status.h"

#include <stddef.h>

/* {0} is empty; freed with rq_timings_free. */
typedef struct rq_timings {
    double *v;
    size_t n, capacity;
} rq_timings;

rq_status rq_timings_add(rq_timings *timings, double x);
rq_status rq_timings_append(rq_timings *timings, const rq_timings *more);
void rq_timings_free(rq_timings *timings);

void rq_timings_sort(rq_timings *timings);
/* The p-quantile, p in [0, 1], of sorted samples: linear between the two that lie around it. NaN
 * when there are none. */
double rq_timings_quantile(const rq_timings *sorted, double p);
/* How far apart they are: (p90 - p10) / median, of sorted samples. */
double rq_timings_spread(const rq_timings *sorted);

#endif
