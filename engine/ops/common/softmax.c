#include "engine/ops/common/softmax.h"

#include <math.h>

rq_status rq_softmax_infer(rq_infer *ctx)
{
    const rq_softmax_attrs *a = ctx->attrs;
    int axis;
    RQ_TRY(rq_infer_arity(ctx, 1, 1));
    RQ_TRY(rq_infer_floats(ctx, 1));
    rq_status status = rq_axis_normalize(&axis, a->axis, ctx->in[0].shape.rank, "axis");
    if (status != RQ_OK) return rq_fail_prefix(status, "layer '%s'", ctx->node->name);
    return rq_infer_same(ctx);
}

static void one_line(float *out, const float *x, size_t n, size_t stride, bool logarithm)
{
    float most = -INFINITY;
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) most = fmaxf(most, x[i * stride]);
    for (size_t i = 0; i < n; i++) {
        float shifted = x[i * stride] - most, e = expf(shifted);
        sum += e;
        out[i * stride] = logarithm ? shifted : e;
    }
    float log_sum = (float)log(sum), inverse = (float)(1.0 / sum);
    for (size_t i = 0; i < n; i++)
        out[i * stride] = logarithm ? out[i * stride] - log_sum : out[i * stride] * inverse;
}

rq_status rq_softmax_run(rq_call *call, bool logarithm)
{
    const rq_softmax_attrs *a = call->attrs;
    const rq_shape *shape = &call->in[0].shape;
    int axis;
    RQ_TRY(rq_axis_normalize(&axis, a->axis, shape->rank, "axis"));
    size_t outer = rq_shape_span(shape, 0, axis), n = (size_t)shape->d[axis];
    size_t inner = rq_shape_span(shape, axis + 1, shape->rank);
    const float *x = call->in[0].data;
    float *out = call->out[0].data;
    for (size_t o = 0; o < outer; o++)
        for (size_t i = 0; i < inner; i++)
            one_line(out + o * n * inner + i, x + o * n * inner + i, n, inner, logarithm);
    return RQ_OK;
}
