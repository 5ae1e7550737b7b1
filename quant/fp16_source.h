/* The f16 numbers of an f32 constant, made when they are read. */
#ifndef RQ_QUANT_FP16_SOURCE_H
#define RQ_QUANT_FP16_SOURCE_H

#include "quant/fp16_scale.h"

/* x / scale, exact, as f16. scales NULL: x itself. `constant` and its bytes must live as long as
 * the source, `shape` and `scales` need not; what the source keeps is in `arena`. */
rq_status rq_fp16_source(rq_source *out, const rq_node *constant, const rq_shape *shape,
                         const rq_fp16_scales *scales, rq_arena *arena);

#endif
