/* Operation Specifications: SoftSign-9: x / (1 + |x|). */
#include "engine/ops/common/elementwise.h"

RQ_UNARY_ROW(x / (1.0f + fabsf(x)))

static rq_status run(rq_call *call)
{
    return rq_unary_run(call, row, NULL);
}

const rq_op rq_op_SoftSign = {
    .type = "SoftSign",
    .opsets = RQ_OPSET(9),
    .role = RQ_ROLE_ACTIVATION,
    .flags = RQ_OP_INPLACE,
    .infer = rq_unary_infer,
    .run = run,
};
