/* Operation Specifications: EmbeddingBagOffsets-15. */
#include "engine/ops/common/embedding.h"
#include "engine/ops/common/embedding_offsets.h"

const rq_op rq_op_EmbeddingBagOffsets = {
    .type = "EmbeddingBagOffsets",
    .opsets = RQ_OPSET(15),
    .role = RQ_ROLE_FLOAT,
    .flags = RQ_OP_ANY_DTYPE,
    .attrs_size = sizeof(rq_embedding_attrs),
    .attrs = rq_embedding_attrs_table,
    .infer = rq_embedding_offsets_infer,
    .run = rq_embedding_offsets_run,
};
