/* Operation Specifications: SpaceToBatch-2. Pads are zeros. */
#include "engine/ops/common/batch_space.h"

static const bool to_space = false;

const rq_op rq_op_SpaceToBatch = {
    .type = "SpaceToBatch",
    .opsets = RQ_OPSET(2),
    .role = RQ_ROLE_PASS,
    .flags = RQ_OP_ANY_DTYPE,
    .kind = &to_space,
    .infer = rq_batch_space_infer,
    .run = rq_batch_space_run,
};
