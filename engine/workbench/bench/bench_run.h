/* A benchmark from its question to its numbers: models read and planned on backends, then measured,
 * all interleaved. */
#ifndef RQ_WORKBENCH_BENCH_BENCH_RUN_H
#define RQ_WORKBENCH_BENCH_BENCH_RUN_H

#include "engine/workbench/bench/bench.h"

typedef struct rq_bench_job {
    const char *const *models;   /* IR files */
    size_t n_models;             /* 1 and up */
    const char *const *backends; /* names; NULL: the default one */
    size_t n_backends;           /* 1 and up */
    /* Shapes, of which a model takes those whose input it has, bf16 and the library; the rest is as
     * deployments run. */
    const rq_exec_options *exec;
    unsigned threads, streams; /* inside one inference, for latency; at once, for throughput */
    double seconds;            /* for each measurement of a model on a backend */
    uint64_t seed;
    bool per_layer;
} rq_bench_job;

/* An entry for each model on each backend, model by model; latency, throughput and layers of each.
 * Texts live in `arena` or are the job's. RQ_EARG for a shape that no model has an input for; to be
 * closed in any case. */
rq_status rq_bench_run(rq_bench *out, const rq_bench_job *job, rq_arena *arena);
/* Entries with what they hold, and graphs. */
void rq_bench_close(rq_bench *bench);

#endif
