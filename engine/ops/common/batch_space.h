/* What BatchToSpace and SpaceToBatch share: the same elements, moved either way. */
#ifndef RQ_OPS_COMMON_BATCH_SPACE_H
#define RQ_OPS_COMMON_BATCH_SPACE_H

#include "engine/ops/op.h"

/* Inputs 1..3: block sizes, and crops (or pads) before and after each dimension. */
typedef struct rq_batch_space {
    int rank;
    int64_t block[RQ_MAX_RANK], before[RQ_MAX_RANK], after[RQ_MAX_RANK];
    int64_t blocks; /* product of the block sizes */
} rq_batch_space;

bool rq_batch_space_known(const rq_infer *ctx);
/* block[0] must be 1, all others at least 1; before and after 0 or more. */
rq_status rq_batch_space_read(rq_batch_space *out, const rq_node *node, const rq_tensor *in);
/* Moves between [N*blocks, D1.., Dk] and [N, D1*b1 - before1 - after1, ...]. Elements of the batch
 * side that have no place in the other are not touched. */
void rq_batch_space_copy(const rq_call *call, const rq_batch_space *plan, bool to_space);

#endif
