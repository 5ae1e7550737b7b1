/* Which layers of a plan are rounded by fitting, and what came of it. */
#ifndef RQ_QUANT_ROUND_PLAN_H
#define RQ_QUANT_ROUND_PLAN_H

#include "quant/round_layer.h"

typedef struct rq_round_target {
    bool compressed; /* of plan->compressed, else of plan->weights: */
    size_t weight;   /* the index there */
    rq_im2col input; /* of the first layer that has these weights, */
    rq_id *values;   /* and the inputs of all of them that are like it */
    size_t n_values;
    rq_gram sums; /* opened and closed by the caller */
} rq_round_target;

typedef struct rq_round_set {
    rq_round_target *layers; /* in topological order */
    size_t n;
    double deadline; /* of rq_now; 0: none. Layers not begun by then stay at nearest, and
                        their `rounding` says so: not reproducible */
} rq_round_set;

/* Every layer of the plan that can be fitted; the others' `rounding` says why not. */
rq_status rq_round_set_open(rq_round_set *out, rq_quant_plan *plan, const rq_bound *bound);
void rq_round_set_close(rq_round_set *set);

/* The value that an image's rows are taken from: layers that share weights take turns. */
rq_id rq_round_target_value(const rq_round_target *target, size_t image);

/* Of the layers' weights, in f32. */
size_t rq_round_set_weight_bytes(const rq_round_set *set, const rq_quant_plan *plan);

/* Fits layers [first, end), whose sums are complete: codes, biases and `rounding` of the plan. */
rq_status rq_round_set_run(rq_round_set *set, rq_quant_plan *plan, const rq_bound *bound,
                           const rq_stats *stats, size_t first, size_t end, unsigned threads);

/* Drops layers beyond `work`, 10^9 multiply-accumulates, with sums over so many images, those that
 * take most; their `rounding` says so. Counted from sizes: the same on every machine. */
rq_status rq_round_set_limit(rq_round_set *set, rq_quant_plan *plan, double work, size_t images);

#endif
