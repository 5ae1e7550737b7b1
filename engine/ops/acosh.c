/* Operation Specifications: Acosh-4. */
#include "engine/ops/common/elementwise.h"

RQ_UNARY_ROW(acoshf(x))

static rq_status run(rq_call *call)
{
    return rq_unary_run(call, row, NULL);
}

const rq_op rq_op_Acosh = {
    .type = "Acosh",
    .opsets = RQ_OPSET(4),
    .role = RQ_ROLE_FLOAT,
    .flags = RQ_OP_INPLACE,
    .infer = rq_unary_infer,
    .run = run,
};
