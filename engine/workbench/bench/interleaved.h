/* Interleaved benchmark: several things measured in short slices, round after round, so that a
 * machine whose speed drifts affects all. */
#ifndef RQ_WORKBENCH_BENCH_INTERLEAVED_H
#define RQ_WORKBENCH_BENCH_INTERLEAVED_H

#include "engine/workbench/bench/measuring.h"
#include "engine/workbench/bench/samples.h"

typedef struct rq_interleaved {
    size_t n;             /* things to measure */
    double seconds;       /* about this long for all together */
    double slice_seconds; /* of a slice, though never less than one run */
    /* One slice of thing i: *rate is its speed in this slice, in whatever unit, more is better. */
    rq_status (*slice)(void *ctx, size_t i, double seconds, double *rate);
    void *ctx;
    const size_t *against;   /* [n]: what each one's ratio is to; NULL: the first */
    rq_measuring *measuring; /* told of after each slice; NULL: nothing is told */
} rq_interleaved;

/* How a thing did, over its slices. */
typedef struct rq_interleaved_summary {
    double rate;                  /* median */
    double spread;                /* (p90 - p10) / median: the machine's noise, and the model's */
    double ratio;                 /* to the other thing's rate in the same round: median, */
    double ratio_low, ratio_high; /* p10 and p90 */
    size_t slices;
} rq_interleaved_summary;

/* At least 5 rounds. summaries[n]. RQ_ECANCELLED after Ctrl-C. */
rq_status rq_interleaved_run(rq_interleaved_summary *summaries, const rq_interleaved *interleaved);

#endif
