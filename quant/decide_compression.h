/* The third part of rq_quant_plan_create, beside quant/decide.h: what is compressed. */
#ifndef RQ_QUANT_DECIDE_COMPRESSION_H
#define RQ_QUANT_DECIDE_COMPRESSION_H

#include "quant/layers/layer_bias.h"
#include "quant/plan.h"
#include "quant/plan_inputs.h"

/* Fills plan->compressed: weights of the placement that are not in plan->weights, and tables of
 * embeddings; activations are decided already. */
rq_status rq_decide_compression(rq_quant_plan *plan, const rq_bound *bound, const rq_stats *stats,
                                const rq_plan_inputs *inputs);

/* The shifts that cancel what the codes add to the mean of a layer's output, of the 4-bit weights
 * of layers that have a bias. */
rq_status rq_decide_compressed_biases(rq_quant_plan *plan, const rq_bound *bound,
                                      const rq_stats *stats);
/* Anew where there are such shifts, after codes have changed. */
void rq_decide_compressed_bias(rq_plan_compressed *c, const rq_bound *bound, const rq_stats *stats);

/* The layer of a use. */
rq_layer_bias rq_compressed_layer_bias(const rq_plan_compressed *c, size_t use);

#endif
