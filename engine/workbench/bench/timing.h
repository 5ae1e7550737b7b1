/* How fast models are: one inference after another, the models interleaved. */
#ifndef RQ_WORKBENCH_BENCH_TIMING_H
#define RQ_WORKBENCH_BENCH_TIMING_H

#include "engine/workbench/bench/interleaved.h"
#include "engine/exec/exec.h"

/* All measuring of one command together goes on no longer than this for the sake of stability. */
#define RQ_MEASURING_SECONDS 30.0

typedef struct rq_timing {
    double median, p10, p90, p99; /* seconds of one inference */
    size_t runs;
    rq_interleaved_summary summary; /* the rate: inferences a second */
    double waited;                  /* 0..1: see rq_core_wait_share; NaN */
    const char *noise; /* why it says nothing of the ratio, as rq_speed_noise; NULL: it does */
} rq_timing;

typedef struct rq_timing_options {
    double seconds;        /* of all models together (at least 5 rounds) */
    double *left;          /* seconds that the command may still measure, which go down; while they
                              last it is measured again until it is stable. NULL: once */
    const size_t *against; /* [n]: the model that each one's ratio is to; NULL: the first */
    uint64_t seed;
} rq_timing_options;

/* Times every model on seeded inputs in [0, 1), interleaved. */
rq_status rq_timing_measure(rq_timing *out, const rq_model *const *models, size_t n,
                            const rq_timing_options *options);

#endif
