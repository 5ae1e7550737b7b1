/* Operation Specifications: EmbeddingBagPacked-15. */
#include "engine/ops/common/embedding.h"
#include "engine/ops/common/embedding_packed.h"

const rq_op rq_op_EmbeddingBagPacked = {
    .type = "EmbeddingBagPacked",
    .opsets = RQ_OPSET(15),
    .role = RQ_ROLE_FLOAT,
    .flags = RQ_OP_ANY_DTYPE,
    .attrs_size = sizeof(rq_embedding_attrs),
    .attrs = rq_embedding_attrs_table,
    .infer = rq_embedding_packed_infer,
    .run = rq_embedding_packed_run,
};
