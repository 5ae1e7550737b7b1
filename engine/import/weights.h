/* Weights that stay compressed in the IR: integers -> Convert [-> Subtract zero points] -> Multiply
 * by scales, all of constants. Moving them about moves the integers, the scales and the zero
 * points. */
#ifndef RQ_IMPORT_WEIGHTS_H
#define RQ_IMPORT_WEIGHTS_H

#include "engine/import/ir_builder.h"

/* (codes - zero) * scale, of scale's type; zero may be RQ_NONE. `compressed`: constants stay as
 * they are, else they are computed. */
rq_id rq_emit_dequantized(rq_ir_builder *b, rq_id codes, rq_id scale, rq_id zero, bool compressed);

/* As rq_emit_transpose and its like, of any value; compressed weights stay so. */
rq_id rq_emit_weights_transpose(rq_ir_builder *b, rq_id weights, const int64_t *order, size_t n);
rq_id rq_emit_weights_unsqueeze(rq_ir_builder *b, rq_id weights, int64_t axis);
/* Their first axis as two, the first of them of `groups`. */
rq_id rq_emit_weights_group(rq_ir_builder *b, rq_id weights, int64_t groups);

#endif
