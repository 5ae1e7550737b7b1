/* Operation Specifications: BitwiseOr-13. Integers and booleans. */
#include "engine/ops/common/elementwise.h"

static int64_t integer(int64_t x, int64_t y)
{
    return x | y;
}

RQ_BINARY_INTEGERS(integers, integer)

static rq_status run(rq_call *call)
{
    return rq_binary_run(call, NULL, integers);
}

const rq_op rq_op_BitwiseOr = {
    .type = "BitwiseOr",
    .opsets = RQ_OPSET(13),
    .role = RQ_ROLE_FLOAT,
    .flags = RQ_OP_INPLACE | RQ_OP_BINARY,
    .attrs_size = sizeof(rq_broadcast_attrs),
    .attrs = rq_broadcast_specs,
    .infer = rq_integers_infer,
    .run = run,
};
