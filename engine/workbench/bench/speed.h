/* How fast two models are side by side, and on what. */
#ifndef RQ_WORKBENCH_BENCH_SPEED_H
#define RQ_WORKBENCH_BENCH_SPEED_H

#include "engine/run/workload.h"
#include "engine/workbench/bench/timing.h"

/* One backend's times of both models. */
typedef struct rq_speed_result {
    const char *backend, *note; /* its name and version */
    rq_timing before, after;
} rq_speed_result;

/* The deployment's own runtime where it is there, else the fast engine, which is said then. */
const rq_backend *rq_speed_backend(const rq_exec_options *exec);

/* Both graphs on that backend, with the workload's threads, seed and shapes, interleaved, for about
 * `seconds`: how every command times a pair. */
rq_status rq_speed_measure(rq_speed_result *out, const rq_workload *workload,
                           const rq_graph *before, const rq_graph *after, double seconds);

#endif
