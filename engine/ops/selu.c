/* Operation Specifications: Selu-1: lambda x if x > 0, else lambda alpha (e^x - 1). */
#include "engine/ops/common/elementwise.h"

static rq_status run(rq_call *call)
{
    const float *x = call->in[0].data, alpha = *(const float *)call->in[1].data;
    const float lambda = *(const float *)call->in[2].data;
    float *y = call->out[0].data;
    for (size_t i = 0; i < rq_tensor_count(&call->in[0]); i++)
        y[i] = lambda * (x[i] > 0.0f ? x[i] : alpha * expm1f(x[i]));
    return RQ_OK;
}

const rq_op rq_op_Selu = {
    .type = "Selu",
    .opsets = RQ_OPSET(1),
    .role = RQ_ROLE_ACTIVATION,
    .flags = RQ_OP_INPLACE,
    .infer = rq_two_scalars_infer,
    .run = run,
};
