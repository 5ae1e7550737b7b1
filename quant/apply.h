/* Carrying out a plan on a graph. */
#ifndef RQ_QUANT_APPLY_H
#define RQ_QUANT_APPLY_H

#include "quant/plan.h"

/* Edits `graph`, a clone of the plan's graph (ids are the same): FakeQuantize on activations,
 * Const i8 -> Convert -> Multiply for weights, corrected biases. Names follow NNCF's:
 * <layer>/fq_output_N, <layer>/fq_input_N, <layer>/fq_weights_N. */
rq_status rq_plan_apply(rq_graph *graph, const rq_plan *plan);

/* Adds w->bias_shift to the layer's bias; a layer that has none gets one. `uses`: of the graph
 * before any edit. Of `w`, only point, out_rank, layout and bias_shift are looked at. */
rq_status rq_plan_shift_bias(rq_graph *graph, const rq_uses *uses, const rq_plan_weight *w);
bool rq_plan_has_bias(const rq_graph *graph, const rq_uses *uses, const rq_plan_weight *w);

/* The axis of a weighted layer's output that its bias runs along. */
int rq_plan_bias_axis(const rq_graph *graph, const rq_plan_weight *w);

#endif
