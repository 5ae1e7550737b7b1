/* Operation Specifications: BatchToSpace-2. */
#include "engine/ops/common/batch_space.h"

static const bool to_space = true;

const rq_op rq_op_BatchToSpace = {
    .type = "BatchToSpace",
    .opsets = RQ_OPSET(2),
    .role = RQ_ROLE_PASS,
    .flags = RQ_OP_ANY_DTYPE | RQ_OP_MOVES,
    .kind = &to_space,
    .infer = rq_batch_space_infer,
    .run = rq_batch_space_run,
};
