/* Operation Specifications: MaxPool-1, MaxPool-8, MaxPool-14: the largest of each window, and from
 * version 8 on its index among the elements from dimension `axis` on. A window wholly outside
 * (rounding up can make one) gives the lowest f32 and index 0. */
#include "engine/ops/common/window.h"

#include <float.h>

typedef struct max_pool_attrs {
    rq_pool_attrs pool; /* first, for RQ_POOL_SPECS */
    rq_dtype index_type;
    int64_t axis;
} max_pool_attrs;

static const rq_attr_spec attrs_table[] = {
    RQ_POOL_SPECS,
    {"index_element_type", RQ_ATTR_DTYPE, offsetof(max_pool_attrs, index_type), "i64", NULL},
    {"axis", RQ_ATTR_INT, offsetof(max_pool_attrs, axis), "0", NULL},
    RQ_ATTRS_END,
};

static rq_status infer(rq_infer *ctx)
{
    const max_pool_attrs *a = ctx->attrs;
    rq_window w;
    int axis;
    RQ_TRY(rq_infer_arity(ctx, 1, 1));
    const rq_shape *x = &ctx->in[0].shape;
    RQ_TRY(rq_window_pool(&w, ctx->node, &a->pool, x));
    rq_status status = rq_axis_normalize(&axis, a->axis, x->rank, "axis");
    if (status != RQ_OK) return rq_fail_prefix(status, "layer '%s'", ctx->node->name);
    if (ctx->n_out > 1) RQ_TRY(rq_infer_index_type(ctx, "index_element_type", a->index_type));
    for (uint32_t i = 0; i < ctx->n_out; i++) {
        ctx->out[i].shape = rq_window_pooled(&w, x);
        ctx->out[i].dtype = i == 0 ? ctx->in[0].dtype : a->index_type;
    }
    return RQ_OK;
}

typedef struct best {
    double value;
    int64_t index; /* in the plane */
} best;

static best find_best(const rq_tensor *in, size_t plane, const rq_window *w, const int64_t at[3])
{
    int64_t first[3], last[3], start[3];
    best b = {-FLT_MAX, -1};
    for (int d = 0; d < 3; d++) {
        start[d] = at[d] * w->stride[d] - w->pad_begin[d];
        rq_window_inside(&first[d], &last[d], start[d], w->kernel[d], w->dilation[d], w->in[d]);
    }
    for (int64_t kd = first[0]; kd < last[0]; kd++)
        for (int64_t kh = first[1]; kh < last[1]; kh++)
            for (int64_t kw = first[2]; kw < last[2]; kw++) {
                int64_t i =
                    ((start[0] + kd * w->dilation[0]) * w->in[1] + start[1] + kh * w->dilation[1]) *
                        w->in[2] +
                    start[2] + kw * w->dilation[2];
                double x = in->dtype == RQ_DT_F32
                               ? ((const float *)in->data)[plane + (size_t)i]
                               : (double)rq_load_i64(in->data, in->dtype, plane + (size_t)i);
                if (b.index < 0 || x > b.value) b = (best){x, i};
            }
    if (b.index < 0) b.index = 0;
    return b;
}

static rq_status run(rq_call *call)
{
    const max_pool_attrs *a = call->attrs;
    const rq_tensor *in = &call->in[0];
    rq_window w;
    RQ_TRY(rq_window_pool(&w, call->node, &a->pool, &in->shape));
    int axis;
    RQ_TRY(rq_axis_normalize(&axis, a->axis, in->shape.rank, "axis"));
    size_t planes = (size_t)(in->shape.d[0] * in->shape.d[1]), plane = rq_window_in_count(&w),
           o = 0;
    size_t counted = rq_shape_span(&in->shape, axis, in->shape.rank); /* indices wrap here */
    for (size_t p = 0; p < planes; p++)
        for (int64_t d = 0; d < w.out[0]; d++)
            for (int64_t h = 0; h < w.out[1]; h++)
                for (int64_t x = 0; x < w.out[2]; x++, o++) {
                    best b = find_best(in, p * plane, &w, (int64_t[]){d, h, x});
                    rq_store_f64(call->out[0].data, in->dtype, o, b.value);
                    if (call->n_out > 1)
                        rq_store_i64(call->out[1].data, call->out[1].dtype, o,
                                     (int64_t)((p * plane + (size_t)b.index) % counted));
                }
    return RQ_OK;
}

const rq_op rq_op_MaxPool = {
    .type = "MaxPool",
    .opsets = RQ_OPSET(1) | RQ_OPSET(8) | RQ_OPSET(14),
    .role = RQ_ROLE_PASS,
    .flags = RQ_OP_HOMOGENEOUS | RQ_OP_KEEPS_CHANNELS,
    .attrs_size = sizeof(max_pool_attrs),
    .attrs = attrs_table,
    .infer = infer,
    .run = run,
    .flops = rq_pool_flops,
};
