/* Operation Specifications: SoftPlus-4: ln(1 + e^x). */
#include "engine/ops/common/elementwise.h"

/* e^x overflows f32 past 88; there ln(1 + e^x) is x. */
static float soft_plus(float x)
{
    return x > 20.0f ? x : log1pf(expf(x));
}

RQ_UNARY_ROW(soft_plus(x))

static rq_status run(rq_call *call)
{
    return rq_unary_run(call, row, NULL);
}

const rq_op rq_op_SoftPlus = {
    .type = "SoftPlus",
    .opsets = RQ_OPSET(4),
    .role = RQ_ROLE_ACTIVATION,
    .flags = RQ_OP_INPLACE,
    .infer = rq_unary_infer,
    .run = run,
};
