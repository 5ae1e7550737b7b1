/* Operation Specifications: Elu-1: x if x > 0, else alpha (e^x - 1). */
#include "engine/ops/common/elementwise.h"

typedef struct elu_attrs {
    double alpha;
} elu_attrs;

static const rq_attr_spec attrs_table[] = {
    {"alpha", RQ_ATTR_FLOAT, offsetof(elu_attrs, alpha), NULL, NULL},
    RQ_ATTRS_END,
};

static rq_status run(rq_call *call)
{
    const elu_attrs *a = call->attrs;
    const float alpha = (float)a->alpha, *x = call->in[0].data;
    float *y = call->out[0].data;
    for (size_t i = 0; i < rq_tensor_count(&call->in[0]); i++)
        y[i] = x[i] > 0.0f ? x[i] : alpha * expm1f(x[i]);
    return RQ_OK;
}

const rq_op rq_op_Elu = {
    .type = "Elu",
    .opsets = RQ_OPSET(1),
    .role = RQ_ROLE_ACTIVATION,
    .flags = RQ_OP_INPLACE,
    .attrs_size = sizeof(elu_attrs),
    .attrs = attrs_table,
    .infer = rq_unary_floats_infer,
    .run = run,
};
