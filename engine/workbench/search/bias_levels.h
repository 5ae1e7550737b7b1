/* The layers whose biases can be corrected, in the order of the computation, and which values of an
 * image have to be known to run them one after the other. */
#ifndef RQ_WORKBENCH_SEARCH_BIAS_LEVELS_H
#define RQ_WORKBENCH_SEARCH_BIAS_LEVELS_H

#include "engine/ops/bind.h"
#include "quant/plan.h"

typedef struct rq_bias_layer {
    size_t weight; /* index in the plan */
    rq_id node;
    rq_id value; /* its own output, without the bias */
    int axis;    /* of channels there */
    size_t channels;
    size_t level; /* layers before it on the longest way from an input */
} rq_bias_layer;

/* Values are known from the level that makes them (the inputs before all: 0, level k: k + 1) to the
 * last one that starts from them. */
typedef struct rq_bias_levels {
    rq_bias_layer *layers; /* by level */
    size_t n_layers, n_levels;
    size_t *known_after; /* by value id; SIZE_MAX: never kept */
    size_t *read_last;   /* by value id: 1 + the last level that starts from it; 0: none */
    size_t most_bytes;   /* that the kept values of an image take at once */
} rq_bias_levels;

/* Layers that the plan shifts, of a known shape; all lives in `arena`. */
rq_status rq_bias_levels_find(rq_bias_levels *out, const rq_quant_plan *plan, const rq_bound *bound,
                              rq_arena *arena);

#endif
