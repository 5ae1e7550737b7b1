/* Operation Specifications: DepthToSpace-1. */
#include "engine/ops/common/depth_space.h"

static const bool to_space = true;

const rq_op rq_op_DepthToSpace = {
    .type = "DepthToSpace",
    .opsets = RQ_OPSET(1),
    .role = RQ_ROLE_PASS,
    .flags = RQ_OP_ANY_DTYPE | RQ_OP_MOVES,
    .kind = &to_space,
    .attrs_size = sizeof(rq_depth_space),
    .attrs = rq_depth_space_attrs,
    .infer = rq_depth_space_infer,
    .run = rq_depth_space_run,
};
