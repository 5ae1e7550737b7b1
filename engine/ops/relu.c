/* Operation Specifications: ReLU-1: max(x, 0). */
#include "engine/ops/common/elementwise.h"

RQ_UNARY_ROW(x > 0.0f || isnan(x) ? x : 0.0f)

static int64_t integer(int64_t x)
{
    return x > 0 ? x : 0;
}

RQ_UNARY_INTEGERS(integers, integer)

static rq_status run(rq_call *call)
{
    return rq_unary_run(call, row, integers);
}

const rq_op rq_op_ReLU = {
    .type = "ReLU",
    .opsets = RQ_OPSET(1),
    .role = RQ_ROLE_ACTIVATION,
    .flags = RQ_OP_INPLACE | RQ_OP_HOMOGENEOUS,
    .infer = rq_unary_infer,
    .run = run,
};
