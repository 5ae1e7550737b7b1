/* Operation Specifications: Cos-1. */
#include "engine/ops/common/elementwise.h"

RQ_UNARY_ROW(cosf(x))

static rq_status run(rq_call *call)
{
    return rq_unary_run(call, row, NULL);
}

const rq_op rq_op_Cos = {
    .type = "Cos",
    .opsets = RQ_OPSET(1),
    .role = RQ_ROLE_FLOAT,
    .flags = RQ_OP_INPLACE,
    .infer = rq_unary_infer,
    .run = run,
};
