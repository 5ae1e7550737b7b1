#include "engine/workbench/bench/timings.h"

#include "engine/base/mem.h"
#include "engine/base/numbers.h"

#include <stdlib.h>

rq_status rq_timings_add(rq_timings *timings, double x)
{
    RQ_TRY(rq_grow(&timings->v, &timings->capacity, timings->n, sizeof x, "timings"));
    timings->v[timings->n++] = x;
    return RQ_OK;
}

rq_status rq_timings_append(rq_timings *timings, const rq_timings *more)
{
    for (size_t i = 0; i < more->n; i++) RQ_TRY(rq_timings_add(timings, more->v[i]));
    return RQ_OK;
}

void rq_timings_free(rq_timings *timings)
{
    free(timings->v);
    *timings = (rq_timings){0};
}

void rq_timings_sort(rq_timings *timings)
{
    rq_sort_f64(timings->v, timings->n);
}

double rq_timings_quantile(const rq_timings *sorted, double p)
{
    return rq_quantile(sorted->v, sorted->n, p);
}

double rq_timings_spread(const rq_timings *sorted)
{
    return (rq_timings_quantile(sorted, 0.9) - rq_timings_quantile(sorted, 0.1)) /
           rq_timings_quantile(sorted, 0.5);
}
