/* Operation Specifications: BitwiseNot-13. */
#include "engine/ops/elementwise.h"

static int64_t integer(int64_t x)
{
    return ~x;
}

static rq_status run(rq_call *call)
{
    return rq_unary_run(call, NULL, integer);
}

const rq_op rq_op_BitwiseNot = {
    .type = "BitwiseNot",
    .opsets = RQ_OPSET(13),
    .role = RQ_ROLE_FLOAT,
    .flags = RQ_OP_INPLACE,
    .infer = rq_unary_infer,
    .run = run,
};
