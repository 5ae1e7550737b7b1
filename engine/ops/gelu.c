/* Operation Specifications: Gelu-2 and Gelu-7: x P(X <= x) for a normal X, exactly (erf) or by tanh
 * (Hendrycks & Gimpel 2016). */
#include "engine/ops/common/elementwise.h"
#include "engine/ops/common/gelu.h"

typedef struct gelu_attrs {
    int mode; /* rq_gelu_mode */
} gelu_attrs;

static const char *const modes[] = {"erf", "tanh", NULL};

static const rq_attr_spec attrs_table[] = {
    {"approximation_mode", RQ_ATTR_ENUM, offsetof(gelu_attrs, mode), "erf", modes},
    RQ_ATTRS_END,
};

static rq_status run(rq_call *call)
{
    const gelu_attrs *a = call->attrs;
    const float *in = call->in[0].data;
    float *out = call->out[0].data;
    const double root_half = 0.70710678118654752, root_two_by_pi = 0.79788456080286536;
    for (size_t i = 0; i < rq_tensor_count(&call->in[0]); i++) {
        double x = in[i];
        double cdf = a->mode == RQ_GELU_ERF
                         ? 1.0 + erf(x * root_half)
                         : 1.0 + tanh(root_two_by_pi * (x + 0.044715 * x * x * x));
        out[i] = (float)(0.5 * x * cdf);
    }
    return RQ_OK;
}

const rq_op rq_op_Gelu = {
    .type = "Gelu",
    .opsets = RQ_OPSET(2) | RQ_OPSET(7),
    .role = RQ_ROLE_ACTIVATION,
    .flags = RQ_OP_INPLACE,
    .attrs_size = sizeof(gelu_attrs),
    .attrs = attrs_table,
    .infer = rq_unary_floats_infer,
    .run = run,
};
