/* As matrix product and scatter: kernels transposed (O*K, I) times the input (I, positions) gives
 * what every tap adds to the output.
 *
 * Sizes (Operation Specifications: ConvolutionBackpropData-1), per dimension:
 *   out = stride (in - 1) + dilation (kernel - 1) + 1 - pad_begin - pad_end + output_padding. */
#include "engine/ops/common/convolve_backward.h"

#include "engine/ops/common/blas.h"
#include "engine/ops/work.h"

#include <string.h>

const rq_attr_spec rq_backward_specs[] = {
    RQ_WINDOW_SPECS,
    {"output_padding", RQ_ATTR_INTS, offsetof(rq_backward_attrs, output_padding), "", NULL},
    RQ_ATTRS_END,
};

/* window.in is the data, window.out the result, as the names of the operator have it. */
typedef struct backward {
    rq_window window;
    int64_t batch, groups, inputs, outputs; /* inputs and outputs per group */
} backward;

static rq_status check_entry(const rq_node *node, const char *name, int64_t x, int64_t least)
{
    return x >= least && x <= INT32_MAX
               ? RQ_OK
               : rq_node_fail(node, RQ_EFORMAT, "%s holds %lld, expected at least %lld", name,
                              (long long)x, (long long)least);
}

static int64_t entry(const rq_ints *list, int d, int64_t fallback)
{
    return (size_t)d < list->n ? list->v[d] : fallback;
}

/* Dimension d of n; `target` is the wanted size, 0 when none is given. */
static rq_status settle(rq_window *w, const rq_node *node, const rq_backward_attrs *a, int d, int n,
                        int64_t target)
{
    int at = RQ_MAX_SPATIAL - n + d;
    const rq_window_attrs *wa = &a->window;
    w->stride[at] = entry(&wa->strides, d, 1);
    w->dilation[at] = entry(&wa->dilations, d, 1);
    int64_t extra = entry(&a->output_padding, d, 0);
    RQ_TRY(check_entry(node, "strides", w->stride[at], 1));
    RQ_TRY(check_entry(node, "dilations", w->dilation[at], 1));
    RQ_TRY(check_entry(node, "output_padding", extra, 0));
    RQ_TRY(check_entry(node, "the data's size", w->in[at], 1));
    RQ_TRY(check_entry(node, "the kernel's size", w->kernel[at], 1));
    int64_t full =
        w->stride[at] * (w->in[at] - 1) + w->dilation[at] * (w->kernel[at] - 1) + 1 + extra;
    bool same = wa->auto_pad == RQ_PAD_SAME_UPPER || wa->auto_pad == RQ_PAD_SAME_LOWER;
    if (same && target) {
        int64_t total = full > target ? full - target : 0;
        w->pad_begin[at] = wa->auto_pad == RQ_PAD_SAME_UPPER ? (total + 1) / 2 : total / 2;
        w->pad_end[at] = total - w->pad_begin[at];
    } else if (!same && wa->auto_pad != RQ_PAD_VALID) {
        w->pad_begin[at] = entry(&wa->pads_begin, d, 0);
        w->pad_end[at] = entry(&wa->pads_end, d, 0);
    }
    w->out[at] = target ? target : full - w->pad_begin[at] - w->pad_end[at];
    return check_entry(node, "the output's size", w->out[at], 1);
}

static rq_status describe(backward *b, const rq_node *node, const rq_backward_attrs *a,
                          const rq_tensor *in, uint32_t n_in, bool grouped)
{
    const rq_shape *x = &in[0].shape, *w = &in[1].shape;
    int first = grouped ? 1 : 0, n = x->rank - 2;
    int64_t target[RQ_MAX_SPATIAL] = {0};
    size_t n_target = 0;
    char data[RQ_SHAPE_TEXT], weights[RQ_SHAPE_TEXT];
    if (n < 1 || n > RQ_MAX_SPATIAL || w->rank != x->rank + first ||
        x->d[1] != (grouped ? w->d[0] : 1) * w->d[first])
        return rq_node_fail(node, RQ_EFORMAT,
                            "data %s and weights %s do not make a transposed "
                            "convolution",
                            rq_shape_text(x, data), rq_shape_text(w, weights));
    if (rq_input_given(in, n_in, 2)) {
        RQ_TRY(rq_tensor_ints(node, &in[2], target, RQ_MAX_SPATIAL, &n_target));
        if (n_target != (size_t)n)
            return rq_node_fail(node, RQ_EFORMAT, "output_shape has %zu entries, expected %d",
                                n_target, n);
    }
    *b = (backward){.batch = x->d[0],
                    .groups = grouped ? w->d[0] : 1,
                    .inputs = w->d[first],
                    .outputs = w->d[first + 1]};
    for (int d = 0; d < RQ_MAX_SPATIAL; d++)
        b->window.in[d] = b->window.out[d] = b->window.kernel[d] = b->window.stride[d] =
            b->window.dilation[d] = 1;
    for (int d = 0; d < n; d++) {
        b->window.in[RQ_MAX_SPATIAL - n + d] = x->d[2 + d];
        b->window.kernel[RQ_MAX_SPATIAL - n + d] = w->d[first + 2 + d];
        RQ_TRY(settle(&b->window, node, a, d, n, target[d]));
    }
    return RQ_OK;
}

rq_status rq_backward_infer(rq_infer *ctx, bool grouped)
{
    backward b;
    RQ_TRY(rq_infer_arity(ctx, 2, 3));
    ctx->out[0].dtype = ctx->in[0].dtype;
    if (!rq_infer_known(ctx, 2)) return rq_infer_defer(ctx);
    RQ_TRY(describe(&b, ctx->node, ctx->attrs, ctx->in, ctx->n_in, grouped));
    rq_shape *out = &ctx->out[0].shape;
    *out = ctx->in[0].shape;
    out->d[1] = b.groups * b.outputs;
    for (int d = 2; d < out->rank; d++) out->d[d] = b.window.out[RQ_MAX_SPATIAL - out->rank + d];
    return RQ_OK;
}

size_t rq_backward_scratch(const rq_infer *ctx, bool grouped)
{
    backward b;
    if (describe(&b, ctx->node, ctx->attrs, ctx->in, ctx->n_in, grouped) != RQ_OK) return 0;
    return (size_t)b.outputs * rq_window_taps(&b.window) * rq_window_in_count(&b.window) *
           sizeof(float);
}

/* Adds one tap's products to the output plane. */
static void scatter_tap(float *plane, const float *column, const rq_window *w, int64_t kd,
                        int64_t kh, int64_t kw)
{
    for (int64_t d = 0; d < w->in[0]; d++)
        for (int64_t h = 0; h < w->in[1]; h++) {
            int64_t od = d * w->stride[0] - w->pad_begin[0] + kd * w->dilation[0];
            int64_t oh = h * w->stride[1] - w->pad_begin[1] + kh * w->dilation[1];
            const float *from = column + (d * w->in[1] + h) * w->in[2];
            if (od < 0 || od >= w->out[0] || oh < 0 || oh >= w->out[1]) continue;
            float *to = plane + (od * w->out[1] + oh) * w->out[2];
            for (int64_t x = 0; x < w->in[2]; x++) {
                int64_t ow = x * w->stride[2] - w->pad_begin[2] + kw * w->dilation[2];
                if (ow >= 0 && ow < w->out[2]) to[ow] += from[x];
            }
        }
}

static void run_group(float *out, const float *x, const float *weights, const backward *b,
                      float *columns)
{
    const rq_window *w = &b->window;
    size_t positions = rq_window_in_count(w), taps = rq_window_taps(w),
           plane = rq_window_out_count(w);
    rq_blas_sgemm(true, false, (size_t)b->outputs * taps, positions, (size_t)b->inputs, weights, x,
                  0.0f, columns);
    memset(out, 0, (size_t)b->outputs * plane * sizeof *out);
    for (int64_t o = 0; o < b->outputs; o++, out += plane)
        for (int64_t kd = 0; kd < w->kernel[0]; kd++)
            for (int64_t kh = 0; kh < w->kernel[1]; kh++)
                for (int64_t kw = 0; kw < w->kernel[2]; kw++, columns += positions)
                    scatter_tap(out, columns, w, kd, kh, kw);
}

rq_status rq_backward_run(rq_call *call, bool grouped)
{
    backward b;
    RQ_TRY(describe(&b, call->node, call->attrs, call->in, call->n_in, grouped));
    size_t x_step = (size_t)b.inputs * rq_window_in_count(&b.window);
    size_t out_step = (size_t)b.outputs * rq_window_out_count(&b.window);
    size_t w_step = (size_t)(b.outputs * b.inputs) * rq_window_taps(&b.window);
    const float *x = call->in[0].data, *weights = call->in[1].data;
    float *out = call->out[0].data;
    for (int64_t n = 0; n < b.batch; n++)
        for (int64_t g = 0; g < b.groups; g++, x += x_step, out += out_step)
            run_group(out, x, weights + (size_t)g * w_step, &b, call->scratch);
    return RQ_OK;
}

double rq_backward_flops(const rq_work_shapes *shapes, bool grouped)
{
    const rq_shape *w = shapes->in[1];
    double channels = rq_work_extent(w, 0) * (grouped ? rq_work_extent(w, 1) : 1);
    return channels > 0 ? 2 * rq_work_count(shapes->in[0]) * rq_work_count(w) / channels : 0;
}
