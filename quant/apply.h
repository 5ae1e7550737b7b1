/* Carrying out a plan on a graph. */
#ifndef RQ_QUANT_APPLY_H
#define RQ_QUANT_APPLY_H

#include "quant/layers/layer_bias.h"
#include "quant/plan.h"

/* Edits `graph`, a clone of the plan's graph (ids are the same): FakeQuantize on activations,
 * Const i8 -> Convert -> Multiply for weights, corrected biases. Names follow NNCF's:
 * <layer>/fq_output_N, <layer>/fq_input_N, <layer>/fq_weights_N. */
rq_status rq_quant_plan_apply(rq_graph *graph, const rq_quant_plan *plan);

/* The layer of these weights. */
rq_layer_bias rq_plan_layer_bias(const rq_plan_weight *w);

#endif
