/* Operation Specifications: Ceiling-1. */
#include "engine/ops/common/elementwise.h"

RQ_UNARY_ROW(ceilf(x))

static int64_t integer(int64_t x)
{
    return x;
}

RQ_UNARY_INTEGERS(integers, integer)

static rq_status run(rq_call *call)
{
    return rq_unary_run(call, row, integers);
}

const rq_op rq_op_Ceiling = {
    .type = "Ceiling",
    .opsets = RQ_OPSET(1),
    .role = RQ_ROLE_FLOAT,
    .flags = RQ_OP_INPLACE,
    .infer = rq_unary_infer,
    .run = run,
};
