/* Moving scales between layers (quant/equalize.h), kept where the quantized network's outputs come
 * nearer to FP32's for it. */
#ifndef RQ_WORKBENCH_SEARCH_EQUALIZE_SEARCH_H
#define RQ_WORKBENCH_SEARCH_EQUALIZE_SEARCH_H

#include "engine/run/image_input.h"
#include "quant/equalize.h"
#include "quant/plan.h"

typedef struct rq_equalizing {
    const rq_graph *graph;
    const rq_bound *bound; /* of the graph, for the same shapes as `exec` */
    const rq_plan_options *options;
    const rq_exec_options *exec;
    const rq_image_request *request;
    const rq_args *args;
    rq_images *images; /* of the calibration */
    const char *data;
    const char *stats_path; /* where statistics of the changed network go */
    size_t subset;          /* of the data, as images were drawn from it */
    uint64_t seed;
    unsigned threads;
    rq_arena *arena; /* of the moves */
    /* out: the changed network, owned by the caller, or NULL: it stays as it is */
    rq_graph *changed; /* a clone of the graph, which outlives it */
    rq_bound *changed_bound;
    rq_stats *changed_stats;
    rq_equalize_move *moves;
    size_t n_moves;
    double before_db, after_db; /* SQNR of the quantized outputs without and with the moves */
} rq_equalizing;

/* Tries scales and shifts together, then scales alone. */
rq_status rq_equalizing_run(rq_equalizing *job);

#endif
