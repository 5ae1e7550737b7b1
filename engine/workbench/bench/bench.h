/* requant bench: what its files share. */
#ifndef RQ_WORKBENCH_BENCH_BENCH_H
#define RQ_WORKBENCH_BENCH_BENCH_H

#include "engine/base/text.h"
#include "engine/workbench/bench/bench_peak.h"
#include "engine/ops/work.h"
#include "engine/workbench/bench/timing.h"

/* One layer that runs. */
typedef struct rq_bench_layer {
    const rq_node *node;
    const char *kernel; /* NULL where the backend does not tell */
    double seconds;     /* per inference, mean */
    rq_work work;
} rq_bench_layer;

/* One model on one backend. */
typedef struct rq_bench_entry {
    const char *model, *path; /* a short name, and the file */
    const rq_backend *backend;
    const char *version; /* of the backend; NULL: nothing to add to its name */
    bool prefers_bf16;   /* what the backend computes floats in, unless it is asked */
    const rq_graph *graph;
    rq_model *alone, *shared; /* planned for all threads, for one thread of a stream */
    double read_seconds, plan_seconds;
    size_t session_bytes; /* workspace of a stream */
    size_t reorders;
    rq_work work; /* of all layers */
    rq_timing latency;
    rq_interleaved_summary
        throughput;               /* inferences a second of all streams; no slices: not measured */
    const char *throughput_noise; /* as that of rq_timing */
    rq_bench_layer *layers;       /* in order of running */
    size_t n_layers;
    bool timed_layers; /* the backend told the times */
} rq_bench_entry;

typedef struct rq_bench {
    rq_bench_entry *entries; /* the first is what ratios refer to */
    size_t n;
    rq_graph **graphs; /* owned; those of the entries */
    size_t n_graphs;
    unsigned threads, streams;
    double seconds; /* for each measurement of an entry */
    double left;    /* that measuring may go on for, until it is stable */
    uint64_t seed;
    bool per_layer;
    bool bf16;             /* floats are multiplied in BF16; else in f32 */
    const char *cpu, *isa; /* NULL: unknown */
    rq_peak peak;          /* of `threads` */
} rq_bench;

/* -- measuring ------------------------------------------------------------------------------ */

/* bench_streams.c: `throughput` of all entries: one session per stream, each in a thread of its
 * own, all on one plan. After the latencies. */
rq_status rq_bench_streams(rq_bench *bench);
/* bench_layers.c: the layers of all entries, with their work; their times with --per-layer. */
rq_status rq_bench_layers(rq_bench *bench);

/* -- the roofline ------------------------------------------------------------------------- */

/* The time a layer would take if it only computed, or only moved its data, at the machine's best:
 * the longer of the two, in seconds. 0 for a layer without work. */
double rq_bench_bound(const rq_work *work, const rq_peak *peak);

/* -- showing -------------------------------------------------------------------------------- */

rq_status rq_bench_text(rq_buf *out, const rq_bench *bench);
rq_status rq_bench_json(rq_buf *out, const rq_bench *bench);
rq_status rq_bench_csv(rq_buf *out, const rq_bench *bench);

/* The layers of an entry summed by type, the slowest first; freed with free(). */
typedef struct rq_bench_type {
    const char *type;
    size_t count;
    double seconds;
    rq_work work;
} rq_bench_type;
rq_status rq_bench_types(rq_bench_type **out, size_t *n, const rq_bench_entry *entry);

#endif
