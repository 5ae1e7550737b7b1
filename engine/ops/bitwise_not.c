/* Operation Specifications: BitwiseNot-13; of a boolean, the logical one. */
#include "engine/ops/common/elementwise.h"

static int64_t integer(int64_t x)
{
    return ~x;
}

static int64_t logical(int64_t x)
{
    return !x;
}

RQ_UNARY_INTEGERS(integers, integer)
RQ_UNARY_INTEGERS(booleans, logical)

static rq_status run(rq_call *call)
{
    bool is_bool = call->in[0].dtype == RQ_DT_BOOL;
    return rq_unary_run(call, NULL, is_bool ? booleans : integers);
}

const rq_op rq_op_BitwiseNot = {
    .type = "BitwiseNot",
    .opsets = RQ_OPSET(13),
    .role = RQ_ROLE_FLOAT,
    .flags = RQ_OP_INPLACE,
    .infer = rq_unary_integers_infer,
    .run = run,
};
