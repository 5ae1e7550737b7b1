/* How fast models are: one inference after another, the models interleaved. */
#ifndef RQ_WORKBENCH_BENCH_TIMING_H
#define RQ_WORKBENCH_BENCH_TIMING_H

#include "engine/workbench/bench/interleaved.h"
#include "engine/exec/exec.h"

typedef struct rq_timing {
    double median, p10, p90, p99; /* seconds of one inference */
    size_t runs;
    rq_interleaved_summary summary; /* the rate: inferences a second */
} rq_timing;

/* Times every model on seeded inputs in [0, 1), interleaved, until about `seconds` have passed (at
 * least 5 rounds). */
rq_status rq_timing_measure(rq_timing *out, const rq_model *const *models, size_t n, double seconds,
                            uint64_t seed);

#endif
