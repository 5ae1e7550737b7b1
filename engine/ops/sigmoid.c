/* Operation Specifications: Sigmoid-1: 1 / (1 + e^-x). */
#include "engine/ops/common/elementwise.h"

RQ_UNARY_ROW(1.0f / (1.0f + expf(-x)))

static rq_status run(rq_call *call)
{
    return rq_unary_run(call, row, NULL);
}

const rq_op rq_op_Sigmoid = {
    .type = "Sigmoid",
    .opsets = RQ_OPSET(1),
    .role = RQ_ROLE_ACTIVATION,
    .flags = RQ_OP_INPLACE,
    .infer = rq_unary_infer,
    .run = run,
};
