/* Operation Specifications: BitwiseLeftShift-15. Integers and booleans. */
#include "engine/ops/common/elementwise.h"

static int64_t integer(int64_t x, int64_t y)
{
    return (int64_t)((uint64_t)x << (y & 63));
}

RQ_BINARY_INTEGERS(integers, integer)

static rq_status run(rq_call *call)
{
    return rq_binary_run(call, NULL, integers);
}

const rq_op rq_op_BitwiseLeftShift = {
    .type = "BitwiseLeftShift",
    .opsets = RQ_OPSET(15),
    .role = RQ_ROLE_FLOAT,
    .flags = RQ_OP_INPLACE | RQ_OP_BINARY,
    .attrs_size = sizeof(rq_broadcast_attrs),
    .attrs = rq_broadcast_specs,
    .infer = rq_integers_infer,
    .run = run,
};
