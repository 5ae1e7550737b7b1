/* How fast models are: interleaved runs, so that a machine whose speed drifts is fair to all. */
#ifndef RQ_CLI_TIMING_H
#define RQ_CLI_TIMING_H

#include "engine/exec/exec.h"

typedef struct rq_timing {
    double median, p10, p90; /* seconds of one inference */
    size_t runs;
} rq_timing;

/* Times every model on seeded inputs in [0, 1), one after the other, again and again, until about
 * `seconds` have passed (at least 5 rounds each, at most 1000). */
rq_status rq_timing_measure(rq_timing *out, const rq_model *const *models, size_t n, double seconds,
                            uint64_t seed);

#endif
