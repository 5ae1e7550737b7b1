/* Operation Specifications: LogicalNot-1. */
#include "engine/ops/common/elementwise.h"

static int64_t integer(int64_t x)
{
    return !x;
}

RQ_UNARY_INTEGERS(integers, integer)

static rq_status run(rq_call *call)
{
    return rq_unary_run(call, NULL, integers);
}

const rq_op rq_op_LogicalNot = {
    .type = "LogicalNot",
    .opsets = RQ_OPSET(1),
    .role = RQ_ROLE_QUANTIZE,
    .infer = rq_unary_integers_infer,
    .run = run,
};
