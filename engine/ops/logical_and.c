/* Operation Specifications: LogicalAnd-1. */
#include "engine/ops/common/elementwise.h"

RQ_RELATION((x != 0) & (y != 0))

static rq_status run(rq_call *call)
{
    return rq_relation_run(call, &relation);
}

const rq_op rq_op_LogicalAnd = {
    .type = "LogicalAnd",
    .opsets = RQ_OPSET(1),
    .role = RQ_ROLE_QUANTIZE,
    .flags = RQ_OP_ANY_DTYPE | RQ_OP_BINARY,
    .attrs_size = sizeof(rq_broadcast_attrs),
    .attrs = rq_broadcast_specs,
    .infer = rq_relation_infer,
    .run = run,
};
