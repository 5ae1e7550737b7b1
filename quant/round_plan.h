/* Which layers of a plan are rounded by fitting, and what came of it. */
#ifndef RQ_QUANT_ROUND_PLAN_H
#define RQ_QUANT_ROUND_PLAN_H

#include "quant/round_layer.h"

typedef struct rq_round_target {
    size_t weight; /* index in plan->weights */
    rq_im2col input;
    rq_gram sums; /* opened and closed by the caller */
} rq_round_target;

typedef struct rq_round_set {
    rq_round_target *layers; /* in topological order */
    size_t n;
    double deadline; /* of rq_now; layers not begun by then stay as they are. Set by the caller */
} rq_round_set;

/* Every layer of the plan that can be fitted; the others' `rounding` says why not. */
rq_status rq_round_set_open(rq_round_set *out, rq_quant_plan *plan, const rq_bound *bound);
void rq_round_set_close(rq_round_set *set);

/* Fits layers [first, end), whose sums are complete: codes, biases and `rounding` of the plan. */
rq_status rq_round_set_run(rq_round_set *set, rq_quant_plan *plan, const rq_bound *bound,
                           const rq_stats *stats, size_t first, size_t end, unsigned threads);

/* Layers from `first` on stay as they are: the time is used up. */
void rq_round_set_skip(const rq_round_set *set, rq_quant_plan *plan, size_t first);

#endif
