/* Operation Specifications: AdaptiveMaxPool-8: the largest, and its index in the plane. */
#include "engine/ops/common/adaptive_pool.h"

typedef struct adaptive_max_attrs {
    rq_dtype index_type;
} adaptive_max_attrs;

static const rq_attr_spec attrs_table[] = {
    {"index_element_type", RQ_ATTR_DTYPE, offsetof(adaptive_max_attrs, index_type), "i64", NULL},
    RQ_ATTRS_END,
};

static rq_status infer(rq_infer *ctx)
{
    const adaptive_max_attrs *attrs = ctx->attrs;
    rq_adaptive a;
    RQ_TRY(rq_infer_arity(ctx, 2, 2));
    RQ_TRY(rq_infer_floats(ctx, 1));
    ctx->out[0].dtype = ctx->in[0].dtype;
    if (ctx->n_out > 1) {
        RQ_TRY(rq_infer_index_type(ctx, "index_element_type", attrs->index_type));
        ctx->out[1].dtype = attrs->index_type;
    }
    if (!rq_infer_known(ctx, 1)) return rq_infer_defer(ctx);
    for (uint32_t o = 0; o < ctx->n_out; o++)
        RQ_TRY(rq_adaptive_find(&a, &ctx->out[o].shape, ctx->node, ctx->in));
    return RQ_OK;
}

static int64_t find_largest(const float *plane, const rq_adaptive *a, const int64_t at[3])
{
    int64_t from[3], to[3], best = -1;
    for (int d = 0; d < 3; d++) {
        from[d] = rq_adaptive_from(at[d], a->in[d], a->out[d]);
        to[d] = rq_adaptive_to(at[d], a->in[d], a->out[d]);
    }
    for (int64_t i = from[0]; i < to[0]; i++)
        for (int64_t j = from[1]; j < to[1]; j++)
            for (int64_t k = from[2]; k < to[2]; k++) {
                int64_t index = (i * a->in[1] + j) * a->in[2] + k;
                if (best < 0 || plane[index] > plane[best]) best = index;
            }
    return best;
}

static rq_status run(rq_call *call)
{
    rq_adaptive a;
    rq_shape shape;
    RQ_TRY(rq_adaptive_find(&a, &shape, call->node, call->in));
    const float *x = call->in[0].data;
    float *out = call->out[0].data;
    size_t o = 0;
    for (size_t p = 0; p < a.planes; p++, x += a.in[0] * a.in[1] * a.in[2])
        for (int64_t i = 0; i < a.out[0]; i++)
            for (int64_t j = 0; j < a.out[1]; j++)
                for (int64_t k = 0; k < a.out[2]; k++, o++) {
                    int64_t best = find_largest(x, &a, (int64_t[]){i, j, k});
                    out[o] = x[best];
                    if (call->n_out > 1)
                        rq_store_i64(call->out[1].data, call->out[1].dtype, o, best);
                }
    return RQ_OK;
}

const rq_op rq_op_AdaptiveMaxPool = {
    .type = "AdaptiveMaxPool",
    .opsets = RQ_OPSET(8),
    .role = RQ_ROLE_PASS,
    .attrs_size = sizeof(adaptive_max_attrs),
    .attrs = attrs_table,
    .infer = infer,
    .run = run,
};
