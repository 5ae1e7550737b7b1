/* Operation Specifications: EmbeddingBagOffsetsSum-3. */
#include "engine/ops/common/embedding_offsets.h"

const rq_op rq_op_EmbeddingBagOffsetsSum = {
    .type = "EmbeddingBagOffsetsSum",
    .opsets = RQ_OPSET(3),
    .role = RQ_ROLE_FLOAT,
    .flags = RQ_OP_ANY_DTYPE,
    .infer = rq_embedding_offsets_infer,
    .run = rq_embedding_offsets_run,
};
