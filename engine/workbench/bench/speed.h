/* How fast two models are side by side, and on what. */
#ifndef RQ_WORKBENCH_BENCH_SPEED_H
#define RQ_WORKBENCH_BENCH_SPEED_H

#include "engine/run/workload.h"
#include "engine/workbench/bench/timing.h"

#define RQ_MAX_SPEEDS 2

/* One backend's times of both models. */
typedef struct rq_speed_result {
    const char *backend, *note; /* its name and version */
    const char *precision;      /* that floats are multiplied in, before and after: "bf16", "f32" */
    rq_timing before, after;    /* after's noise is that of the speed-up */
} rq_speed_result;

/* The deployment's own runtime; NULL where it is not there, and why, unless `missing` is NULL. */
const rq_backend *rq_deployed_backend(const char **missing, const rq_exec_options *exec);

/* That, else the fast engine, which is said then. */
const rq_backend *rq_speed_backend(const rq_exec_options *exec);

/* Both graphs on that backend (on the fast engine where the deployment refuses one of them), with
 * the workload's threads, seed and shapes, interleaved, for about `seconds`, and longer while they
 * are noisy and *left lasts (rq_timing_options): how every command times a pair. First in the
 * precision that the deployment runs floats in by default; where that is BF16, or the workload asks
 * for it, in the other one, too. */
rq_status rq_speed_measure(rq_speed_result out[RQ_MAX_SPEEDS], size_t *n,
                           const rq_workload *workload, const rq_graph *before,
                           const rq_graph *after, double seconds, double *left);

#endif
