/* Operation Specifications: PRelu-1: x if x >= 0, else slope * x. A slope of one dimension that
 * equals the channels is per channel (axis 1); otherwise numpy's rule. */
#include "engine/ops/common/elementwise.h"

static rq_shape slope_shape(const rq_shape *x, const rq_shape *slope)
{
    bool per_channel =
        slope->rank == 1 && x->rank > 1 && slope->d[0] == x->d[1] && slope->d[0] != 1;
    if (!per_channel) return *slope;
    rq_shape shape = {x->rank - 1, {slope->d[0]}};
    for (int d = 1; d < shape.rank; d++) shape.d[d] = 1;
    return shape;
}

static rq_status infer(rq_infer *ctx)
{
    RQ_TRY(rq_infer_arity(ctx, 2, 2));
    RQ_TRY(rq_infer_floats(ctx, 2));
    rq_shape out, slope = slope_shape(&ctx->in[0].shape, &ctx->in[1].shape);
    RQ_TRY(rq_shape_broadcast(ctx->node, &out, &ctx->in[0].shape, &slope));
    if (!rq_shape_equal(&out, &ctx->in[0].shape))
        return rq_node_fail(ctx->node, RQ_EFORMAT, "the slope is larger than the input");
    return rq_infer_same(ctx);
}

static rq_status run(rq_call *call)
{
    rq_rows rows;
    rq_shape slope = slope_shape(&call->in[0].shape, &call->in[1].shape);
    const rq_shape *operands[] = {&call->in[0].shape, &slope};
    const float *x = call->in[0].data, *s = call->in[1].data;
    float *out = call->out[0].data;
    rq_rows_begin(&rows, &call->out[0].shape, operands, 2);
    for (size_t r = 0; r < rows.count; r++, rq_rows_next(&rows))
        for (size_t i = 0; i < rows.length; i++) {
            float v = x[rows.at[0] + (int64_t)i * rows.step[0]];
            *out++ = v < 0.0f ? v * s[rows.at[1] + (int64_t)i * rows.step[1]] : v;
        }
    return RQ_OK;
}

const rq_op rq_op_PReLU = {
    .type = "PReLU",
    .opsets = RQ_OPSET(1),
    .role = RQ_ROLE_ACTIVATION,
    .flags = RQ_OP_INPLACE | RQ_OP_HOMOGENEOUS,
    .infer = infer,
    .run = run,
};
