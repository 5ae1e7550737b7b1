/* How fast two models are side by side, and on what. */
#ifndef RQ_WORKBENCH_BENCH_SPEED_H
#define RQ_WORKBENCH_BENCH_SPEED_H

#include "engine/workbench/bench/timing.h"

/* One backend's times of both models. */
typedef struct rq_speed_result {
    const char *backend, *note; /* its name and version */
    rq_timing before, after;
} rq_speed_result;

/* The deployment's own runtime where it is there, else the fast engine, which is said then. */
const rq_backend *rq_speed_backend(const rq_exec_options *exec);

/* Both models on the backend and threads of `exec`, interleaved, for about `seconds`. */
rq_status rq_speed_measure(rq_speed_result *out, const rq_graph *before, const rq_graph *after,
                           const rq_exec_options *exec, double seconds, uint64_t seed);

#endif
