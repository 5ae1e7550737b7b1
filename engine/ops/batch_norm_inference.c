/* Operation Specifications: BatchNormInference-5 (data, gamma, beta, mean, variance) and -1 (gamma,
 * beta, data, mean, variance): (x - mean) / sqrt(variance + epsilon) * gamma + beta, per channel
 * (axis 1). */
#include "engine/ops/op.h"

#include <math.h>

typedef struct batch_norm_attrs {
    double epsilon;
} batch_norm_attrs;

static const rq_attr_spec attrs_table[] = {
    {"epsilon", RQ_ATTR_FLOAT, offsetof(batch_norm_attrs, epsilon), NULL, NULL},
    RQ_ATTRS_END,
};

static uint32_t data_port(int version)
{
    return version == 1 ? 2 : 0;
}

static rq_status infer(rq_infer *ctx)
{
    RQ_TRY(rq_infer_arity(ctx, 5, 5));
    RQ_TRY(rq_infer_floats(ctx, 5));
    const rq_tensor *x = &ctx->in[data_port(ctx->version)];
    if (x->shape.rank < 2)
        return rq_node_fail(ctx->node, RQ_EFORMAT, "data has rank %d, expected 2 or more",
                            x->shape.rank);
    for (uint32_t i = 0; i < 5; i++)
        if (i != data_port(ctx->version) && rq_tensor_count(&ctx->in[i]) != (size_t)x->shape.d[1])
            return rq_node_fail(ctx->node, RQ_EFORMAT, "input %u has %zu elements, expected %lld",
                                i, rq_tensor_count(&ctx->in[i]), (long long)x->shape.d[1]);
    ctx->out[0].dtype = x->dtype;
    ctx->out[0].shape = x->shape;
    return RQ_OK;
}

static rq_status run(rq_call *call)
{
    const batch_norm_attrs *a = call->attrs;
    bool old = call->version == 1;
    const rq_tensor *x = &call->in[data_port(call->version)];
    const float *gamma = call->in[old ? 0 : 1].data, *beta = call->in[old ? 1 : 2].data;
    const float *mean = call->in[3].data, *variance = call->in[4].data, *in = x->data;
    float *out = call->out[0].data;
    size_t batch = (size_t)x->shape.d[0], channels = (size_t)x->shape.d[1];
    size_t plane = rq_shape_span(&x->shape, 2, x->shape.rank);
    for (size_t n = 0; n < batch; n++)
        for (size_t c = 0; c < channels; c++) {
            double scale = gamma[c] / sqrt(variance[c] + a->epsilon),
                   shift = beta[c] - mean[c] * scale;
            for (size_t i = 0; i < plane; i++) *out++ = (float)(*in++ * scale + shift);
        }
    return RQ_OK;
}

const rq_op rq_op_BatchNormInference = {
    .type = "BatchNormInference",
    .opsets = RQ_OPSET(1) | RQ_OPSET(5),
    .role = RQ_ROLE_QUANTIZE,
    .attrs_size = sizeof(batch_norm_attrs),
    .attrs = attrs_table,
    .infer = infer,
    .run = run,
};
