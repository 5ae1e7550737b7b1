/* Operation Specifications: IsInf-10. */
#include "engine/ops/common/elementwise.h"

typedef struct is_inf_attrs {
    bool negative, positive;
} is_inf_attrs;

static const rq_attr_spec attrs_table[] = {
    {"detect_negative", RQ_ATTR_BOOL, offsetof(is_inf_attrs, negative), "true", NULL},
    {"detect_positive", RQ_ATTR_BOOL, offsetof(is_inf_attrs, positive), "true", NULL},
    RQ_ATTRS_END,
};

static rq_status run(rq_call *call)
{
    const is_inf_attrs *a = call->attrs;
    uint8_t *out = call->out[0].data;
    for (size_t i = 0; i < rq_tensor_count(&call->in[0]); i++) {
        double x = rq_load_f64(call->in[0].data, call->in[0].dtype, i);
        out[i] = isinf(x) && (x > 0.0 ? a->positive : a->negative);
    }
    return RQ_OK;
}

const rq_op rq_op_IsInf = {
    .type = "IsInf",
    .opsets = RQ_OPSET(10),
    .flags = RQ_OP_ANY_DTYPE,
    .attrs_size = sizeof(is_inf_attrs),
    .attrs = attrs_table,
    .infer = rq_predicate_infer,
    .run = run,
};
