/* What this machine can do at most, measured: the two lines of a roofline. */
#ifndef RQ_WORKBENCH_BENCH_BENCH_PEAK_H
#define RQ_WORKBENCH_BENCH_BENCH_PEAK_H

#include "engine/base/status.h"

typedef struct rq_peak {
    double flops; /* FP32 operations a second: matrix products that fit a core's cache */
    double bytes; /* read and written a second: copies far larger than all caches */
} rq_peak;

/* With `threads` at work at once. Takes about half a second. */
rq_status rq_peak_measure(rq_peak *out, unsigned threads);

#endif
