/* Operation Specifications: HardSigmoid-1: max(0, min(1, alpha x + beta)). */
#include "engine/ops/common/elementwise.h"

static rq_status run(rq_call *call)
{
    const float *x = call->in[0].data, alpha = *(const float *)call->in[1].data;
    const float beta = *(const float *)call->in[2].data;
    float *y = call->out[0].data;
    for (size_t i = 0; i < rq_tensor_count(&call->in[0]); i++)
        y[i] = fmaxf(0.0f, fminf(1.0f, alpha * x[i] + beta));
    return RQ_OK;
}

const rq_op rq_op_HardSigmoid = {
    .type = "HardSigmoid",
    .opsets = RQ_OPSET(1),
    .role = RQ_ROLE_ACTIVATION,
    .flags = RQ_OP_INPLACE,
    .infer = rq_two_scalars_infer,
    .run = run,
};
