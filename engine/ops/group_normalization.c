/* Operation Specifications: GroupNormalization-12: channels in num_groups groups, each normalised
 * over its channels and positions, then scaled and shifted per channel. */
#include "engine/ops/op.h"

#include <math.h>

typedef struct group_attrs {
    int64_t groups;
    double epsilon;
} group_attrs;

static const rq_attr_spec attrs_table[] = {
    {"num_groups", RQ_ATTR_INT, offsetof(group_attrs, groups), NULL, NULL},
    {"epsilon", RQ_ATTR_FLOAT, offsetof(group_attrs, epsilon), NULL, NULL},
    RQ_ATTRS_END,
};

static rq_status infer(rq_infer *ctx)
{
    const group_attrs *a = ctx->attrs;
    RQ_TRY(rq_infer_arity(ctx, 3, 3));
    RQ_TRY(rq_infer_floats(ctx, 3));
    const rq_shape *x = &ctx->in[0].shape;
    if (x->rank < 2 || a->groups < 1 || x->d[1] % a->groups != 0)
        return rq_node_fail(ctx->node, RQ_EFORMAT, "%lld groups do not divide the channels",
                            (long long)a->groups);
    for (uint32_t i = 1; i < 3; i++)
        if (rq_tensor_count(&ctx->in[i]) != (size_t)x->d[1])
            return rq_node_fail(ctx->node, RQ_EFORMAT, "input %u has %zu elements, expected %lld",
                                i, rq_tensor_count(&ctx->in[i]), (long long)x->d[1]);
    return rq_infer_same(ctx);
}

static rq_status run(rq_call *call)
{
    const group_attrs *a = call->attrs;
    const rq_shape *s = &call->in[0].shape;
    const float *x = call->in[0].data, *scale = call->in[1].data, *shift = call->in[2].data;
    float *out = call->out[0].data;
    size_t per_group = (size_t)(s->d[1] / a->groups), plane = rq_shape_span(s, 2, s->rank);
    size_t n = per_group * plane;
    for (int64_t g = 0; g < s->d[0] * a->groups; g++, x += n, out += n) {
        double sum = 0.0, squares = 0.0;
        for (size_t i = 0; i < n; i++) sum += x[i];
        double mean = sum / (double)n;
        for (size_t i = 0; i < n; i++) squares += (x[i] - mean) * (x[i] - mean);
        double inverse = 1.0 / sqrt(squares / (double)n + a->epsilon);
        for (size_t i = 0; i < n; i++) {
            size_t c = (size_t)(g % a->groups) * per_group + i / plane;
            out[i] = (float)((x[i] - mean) * inverse * scale[c] + shift[c]);
        }
    }
    return RQ_OK;
}

const rq_op rq_op_GroupNormalization = {
    .type = "GroupNormalization",
    .opsets = RQ_OPSET(12),
    .role = RQ_ROLE_QUANTIZE,
    .attrs_size = sizeof(group_attrs),
    .attrs = attrs_table,
    .infer = infer,
    .run = run,
};
