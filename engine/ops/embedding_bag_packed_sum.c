/* Operation Specifications: EmbeddingBagPackedSum-3. */
#include "engine/ops/common/embedding_packed.h"

const rq_op rq_op_EmbeddingBagPackedSum = {
    .type = "EmbeddingBagPackedSum",
    .opsets = RQ_OPSET(3),
    .role = RQ_ROLE_FLOAT,
    .flags = RQ_OP_ANY_DTYPE,
    .infer = rq_embedding_packed_infer,
    .run = rq_embedding_packed_run,
};
