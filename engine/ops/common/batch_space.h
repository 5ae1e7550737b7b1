/* What BatchToSpace and SpaceToBatch share: the same elements, moved either way. */
#ifndef RQ_OPS_COMMON_BATCH_SPACE_H
#define RQ_OPS_COMMON_BATCH_SPACE_H

#include "engine/ops/op.h"

/* Between [N*blocks, D1.., Dk] and [N, D1*b1 - before1 - after1, ...]: inputs 1 to 3 are block
 * sizes, and crops (or pads, which are zeros) before and after each dimension. The operator's
 * `kind` is a bool: to the second one? */
rq_status rq_batch_space_infer(rq_infer *ctx);
rq_status rq_batch_space_run(rq_call *call);

#endif
