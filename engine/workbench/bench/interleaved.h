/* Contests: several things measured in turns, in short slices, round after round, so that a machine
 * whose speed drifts is fair to all. */
#ifndef RQ_WORKBENCH_BENCH_INTERLEAVED_H
#define RQ_WORKBENCH_BENCH_INTERLEAVED_H

#include "engine/workbench/bench/timings.h"

typedef struct rq_contest {
    size_t n;             /* contestants */
    double seconds;       /* about this long for all together */
    double slice_seconds; /* a turn, though never less than one run */
    /* One turn of contestant i: *figure is its speed in this turn, in whatever unit, more is
     * better. */
    rq_status (*slice)(void *ctx, size_t i, double seconds, double *figure);
    void *ctx;
} rq_contest;

/* How a contestant did, over its slices. */
typedef struct rq_standing {
    double figure;                /* median */
    double spread;                /* (p90 - p10) / median: the machine's noise, and the model's */
    double ratio;                 /* to the first contestant's figure in the same round: median, */
    double ratio_low, ratio_high; /* p10 and p90 */
    size_t slices;
} rq_standing;

/* At least 5 rounds. standings[n]. RQ_ECANCELLED after Ctrl-C. */
rq_status rq_contest_run(rq_standing *standings, const rq_contest *contest);

#endif
