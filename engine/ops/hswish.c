/* Operation Specifications: HSwish-4: x * min(max(x + 3, 0), 6) / 6. */
#include "engine/ops/common/elementwise.h"

RQ_UNARY_ROW(x *fminf(fmaxf(x + 3.0f, 0.0f), 6.0f) / 6.0f)

static rq_status run(rq_call *call)
{
    return rq_unary_run(call, row, NULL);
}

const rq_op rq_op_HSwish = {
    .type = "HSwish",
    .opsets = RQ_OPSET(4),
    .role = RQ_ROLE_ACTIVATION,
    .flags = RQ_OP_INPLACE,
    .infer = rq_unary_infer,
    .run = run,
};
