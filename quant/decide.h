/* The parts of rq_quant_plan_create, but for compression (decide_compression.h). */
#ifndef RQ_QUANT_DECIDE_H
#define RQ_QUANT_DECIDE_H

#include "quant/plan.h"
#include "quant/plan_inputs.h"

/* Ranges of every point of plan->placement, into plan->activations (allocated). */
rq_status rq_decide_activations(rq_quant_plan *plan, const rq_bound *bound, const rq_stats *stats,
                                const rq_plan_inputs *inputs);

/* Codes and bias shifts of every weighted layer, into plan->weights (allocated); activations are
 * decided already. */
rq_status rq_decide_weights(rq_quant_plan *plan, const rq_bound *bound, const rq_stats *stats,
                            const rq_plan_inputs *inputs);

/* The bias shift that goes with the codes of a layer of the plan, where it has one; `codes` may
 * have changed. */
rq_status rq_decide_bias(rq_quant_plan *plan, const rq_bound *bound, const rq_stats *stats,
                         rq_plan_weight *w);

/* Statistics of a layer's activation input, where they are per input channel of the weights; NULL:
 * there are none. */
const rq_stats_value *rq_decide_input_stats(const rq_bound *bound, const rq_stats *stats,
                                            const rq_weight_point *point,
                                            const rq_weight_layout *layout);

/* The statistics of a value; RQ_EARG when stats.h5 has none for it. */
rq_status rq_find_stats(const rq_stats_value **out, const rq_stats *stats, const rq_graph *graph,
                        rq_id value);

#endif
