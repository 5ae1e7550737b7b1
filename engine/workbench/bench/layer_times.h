/* Where the time of one inference goes, node by node, before and after. */
#ifndef RQ_WORKBENCH_BENCH_LAYER_TIMES_H
#define RQ_WORKBENCH_BENCH_LAYER_TIMES_H

#include "engine/exec/exec.h"

/* A node that was run. */
typedef struct rq_node_time {
    const char *name, *type;
    double ms; /* median of one inference; 0 for what another node computes within itself */
} rq_node_time;

typedef struct rq_node_times {
    rq_node_time *nodes;
    size_t n;
    const char *noise; /* of `after`: why nothing is said beside `before` (rq_speed_noise); NULL */
} rq_node_times;

/* Both graphs on requant's own engine, interleaved, for about `seconds` (at least 5 rounds). The
 * lists live in `arena`; both are empty where the engine cannot run a graph. */
rq_status rq_layer_times_measure(rq_node_times *before, rq_node_times *after,
                                 const rq_graph *graph_before, const rq_graph *graph_after,
                                 const rq_exec_options *exec, double seconds, uint64_t seed,
                                 rq_arena *arena);

#endif
