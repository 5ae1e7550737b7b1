/* Operation Specifications: AdaptiveAvgPool-8. */
#include "engine/ops/common/adaptive_pool.h"

static rq_status infer(rq_infer *ctx)
{
    rq_adaptive a;
    RQ_TRY(rq_infer_arity(ctx, 2, 2));
    RQ_TRY(rq_infer_floats(ctx, 1));
    ctx->out[0].dtype = ctx->in[0].dtype;
    if (!rq_infer_known(ctx, 1)) return rq_infer_defer(ctx);
    return rq_adaptive_find(&a, &ctx->out[0].shape, ctx->node, ctx->in);
}

static double average(const float *plane, const rq_adaptive *a, const int64_t at[3])
{
    int64_t from[3], to[3];
    double sum = 0.0, count = 1.0;
    for (int d = 0; d < 3; d++) {
        from[d] = rq_adaptive_from(at[d], a->in[d], a->out[d]);
        to[d] = rq_adaptive_to(at[d], a->in[d], a->out[d]);
        count *= (double)(to[d] - from[d]);
    }
    for (int64_t i = from[0]; i < to[0]; i++)
        for (int64_t j = from[1]; j < to[1]; j++)
            for (int64_t k = from[2]; k < to[2]; k++)
                sum += plane[(i * a->in[1] + j) * a->in[2] + k];
    return sum / count;
}

static rq_status run(rq_call *call)
{
    rq_adaptive a;
    rq_shape shape;
    RQ_TRY(rq_adaptive_find(&a, &shape, call->node, call->in));
    const float *x = call->in[0].data;
    float *out = call->out[0].data;
    for (size_t p = 0; p < a.planes; p++, x += a.in[0] * a.in[1] * a.in[2])
        for (int64_t i = 0; i < a.out[0]; i++)
            for (int64_t j = 0; j < a.out[1]; j++)
                for (int64_t k = 0; k < a.out[2]; k++)
                    *out++ = (float)average(x, &a, (int64_t[]){i, j, k});
    return RQ_OK;
}

const rq_op rq_op_AdaptiveAvgPool = {
    .type = "AdaptiveAvgPool",
    .opsets = RQ_OPSET(8),
    .role = RQ_ROLE_QUANTIZE,
    .infer = infer,
    .run = run,
};
