/* Operation Specifications: AvgPool-1, AvgPool-14. With exclude-pad, or without any padding, the
 * divisor is the number of elements inside the input (a window wholly outside gives NaN); otherwise
 * it is the kernel's size, also where rounding up lets a window reach past the padding, as in
 * OpenVINO's CPU plugin. */
#include "engine/ops/common/window.h"

typedef struct avg_pool_attrs {
    rq_pool_attrs pool; /* first, for RQ_POOL_SPECS */
    bool exclude_pad;
} avg_pool_attrs;

static const rq_attr_spec attrs_table[] = {
    RQ_POOL_SPECS,
    {"exclude-pad", RQ_ATTR_BOOL, offsetof(avg_pool_attrs, exclude_pad), NULL, NULL},
    RQ_ATTRS_END,
};

static rq_status infer(rq_infer *ctx)
{
    rq_window w;
    RQ_TRY(rq_infer_arity(ctx, 1, 1));
    const rq_shape *x = &ctx->in[0].shape;
    RQ_TRY(rq_window_pool(&w, ctx->node, ctx->attrs, x));
    ctx->out[0].dtype = ctx->in[0].dtype;
    ctx->out[0].shape = rq_window_pooled(&w, x);
    return RQ_OK;
}

static bool is_padded(const rq_window *w)
{
    for (int d = 0; d < RQ_MAX_SPATIAL; d++)
        if (w->pad_begin[d] || w->pad_end[d]) return true;
    return false;
}

static double average(const rq_tensor *in, size_t plane, const rq_window *w, const int64_t at[3],
                      bool count_pads)
{
    int64_t first[3], last[3], start[3], inside = 1;
    double sum = 0.0;
    for (int d = 0; d < 3; d++) {
        start[d] = at[d] * w->stride[d] - w->pad_begin[d];
        rq_window_inside(&first[d], &last[d], start[d], w->kernel[d], w->dilation[d], w->in[d]);
        inside *= last[d] - first[d];
    }
    for (int64_t kd = first[0]; kd < last[0]; kd++)
        for (int64_t kh = first[1]; kh < last[1]; kh++)
            for (int64_t kw = first[2]; kw < last[2]; kw++) {
                int64_t i =
                    ((start[0] + kd * w->dilation[0]) * w->in[1] + start[1] + kh * w->dilation[1]) *
                        w->in[2] +
                    start[2] + kw * w->dilation[2];
                sum += rq_load_f64(in->data, in->dtype, plane + (size_t)i);
            }
    return sum / (count_pads ? (double)rq_window_taps(w) : (double)inside);
}

static rq_status run(rq_call *call)
{
    const avg_pool_attrs *a = call->attrs;
    const rq_tensor *in = &call->in[0];
    rq_window w;
    RQ_TRY(rq_window_pool(&w, call->node, &a->pool, &in->shape));
    bool count_pads = !a->exclude_pad && is_padded(&w);
    size_t planes = (size_t)(in->shape.d[0] * in->shape.d[1]), plane = rq_window_in_count(&w),
           o = 0;
    for (size_t p = 0; p < planes; p++)
        for (int64_t d = 0; d < w.out[0]; d++)
            for (int64_t h = 0; h < w.out[1]; h++)
                for (int64_t x = 0; x < w.out[2]; x++)
                    rq_store_f64(call->out[0].data, in->dtype, o++,
                                 average(in, p * plane, &w, (int64_t[]){d, h, x}, count_pads));
    return RQ_OK;
}

const rq_op rq_op_AvgPool = {
    .type = "AvgPool",
    .opsets = RQ_OPSET(1) | RQ_OPSET(14),
    .last_opset = 15, /* dilations from 16 on */
    .role = RQ_ROLE_QUANTIZE,
    .flags = RQ_OP_HOMOGENEOUS,
    .attrs_size = sizeof(avg_pool_attrs),
    .attrs = attrs_table,
    .infer = infer,
    .run = run,
    .flops = rq_pool_flops,
};
