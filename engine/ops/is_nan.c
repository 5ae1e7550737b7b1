/* Operation Specifications: IsNaN-10. */
#include "engine/ops/common/elementwise.h"

static rq_status run(rq_call *call)
{
    uint8_t *out = call->out[0].data;
    for (size_t i = 0; i < rq_tensor_count(&call->in[0]); i++) {
        double x = rq_load_f64(call->in[0].data, call->in[0].dtype, i);
        out[i] = isnan(x) != 0;
    }
    return RQ_OK;
}

const rq_op rq_op_IsNaN = {
    .type = "IsNaN",
    .opsets = RQ_OPSET(10),
    .flags = RQ_OP_ANY_DTYPE,
    .infer = rq_predicate_infer,
    .run = run,
};
