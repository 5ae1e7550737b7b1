/* The kernel of EmbeddingBagOffsetsSum and EmbeddingBagOffsets: offsets say where bags begin.
 * Inputs: table, indices, offsets, default index (optional), weights (optional). */
#ifndef RQ_OPS_COMMON_EMBEDDING_OFFSETS_H
#define RQ_OPS_COMMON_EMBEDDING_OFFSETS_H

#include "engine/ops/op.h"

rq_status rq_embedding_offsets_infer(rq_infer *ctx);
rq_status rq_embedding_offsets_run(rq_call *call);

#endif
