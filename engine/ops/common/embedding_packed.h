/* The kernel of EmbeddingBagPackedSum and EmbeddingBagPacked: each row of the indices is a bag.
 * Inputs: table, indices [bags, per bag], weights (optional). */
#ifndef RQ_OPS_COMMON_EMBEDDING_PACKED_H
#define RQ_OPS_COMMON_EMBEDDING_PACKED_H

#include "engine/ops/op.h"

rq_status rq_embedding_packed_infer(rq_infer *ctx);
rq_status rq_embedding_packed_run(rq_call *call);

#endif
