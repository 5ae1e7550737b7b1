/* Operation Specifications: Clamp-1: min(max(x, min), max). Integer bounds: min rounded up, max
 * rounded down. */
#include "engine/ops/common/elementwise.h"

typedef struct clamp_attrs {
    double min, max;
} clamp_attrs;

static const rq_attr_spec attrs_table[] = {
    {"min", RQ_ATTR_FLOAT, offsetof(clamp_attrs, min), NULL, NULL},
    {"max", RQ_ATTR_FLOAT, offsetof(clamp_attrs, max), NULL, NULL},
    RQ_ATTRS_END,
};

static rq_status infer(rq_infer *ctx)
{
    const clamp_attrs *a = ctx->attrs;
    if (!(a->min <= a->max))
        return rq_node_fail(ctx->node, RQ_EFORMAT, "min %g is not at most max %g", a->min, a->max);
    return rq_unary_infer(ctx);
}

static rq_status run(rq_call *call)
{
    const clamp_attrs *a = call->attrs;
    const rq_tensor *in = &call->in[0], *out = &call->out[0];
    size_t n = rq_tensor_count(in);
    if (in->dtype == RQ_DT_F32) {
        const float low = (float)a->min, high = (float)a->max, *x = in->data;
        float *y = out->data;
        for (size_t i = 0; i < n; i++) y[i] = x[i] < low ? low : x[i] > high ? high : x[i];
        return RQ_OK;
    }
    double low = ceil(a->min), high = floor(a->max);
    for (size_t i = 0; i < n; i++) {
        int64_t x = rq_load_i64(in->data, in->dtype, i);
        double clamped = (double)x < low ? low : (double)x > high ? high : (double)x;
        if (clamped == (double)x)
            rq_store_i64(out->data, out->dtype, i, x);
        else
            rq_store_f64(out->data, out->dtype, i, clamped);
    }
    return RQ_OK;
}

const rq_op rq_op_Clamp = {
    .type = "Clamp",
    .opsets = RQ_OPSET(1),
    .role = RQ_ROLE_ACTIVATION,
    .flags = RQ_OP_INPLACE,
    .attrs_size = sizeof(clamp_attrs),
    .attrs = attrs_table,
    .infer = infer,
    .run = run,
};
