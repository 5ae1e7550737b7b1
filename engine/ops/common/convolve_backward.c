/* As matrix product and scatter: kernels transposed (O*K, I) times the input (I, positions) gives
 * what every tap adds to the output. */
#include "engine/ops/common/convolve_backward.h"

#include "engine/ops/common/blas.h"

#include <string.h>

rq_status rq_backward_infer(rq_infer *ctx)
{
    rq_convolution c;
    RQ_TRY(rq_infer_arity(ctx, 2, 3));
    ctx->out[0].dtype = ctx->in[0].dtype;
    if (!rq_infer_known(ctx, 2)) return rq_infer_defer(ctx);
    RQ_TRY(rq_convolution_read(&c, ctx->op, ctx->node, ctx->attrs, ctx->in, ctx->n_in));
    ctx->out[0].shape = rq_convolution_shape(&c, &ctx->in[0].shape);
    return RQ_OK;
}

size_t rq_backward_scratch(const rq_infer *ctx)
{
    rq_convolution c;
    if (rq_convolution_read(&c, ctx->op, ctx->node, ctx->attrs, ctx->in, ctx->n_in) != RQ_OK)
        return 0;
    return (size_t)c.outputs * rq_window_taps(&c.window) * rq_window_in_count(&c.window) *
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

static void run_group(float *out, const float *x, const float *weights, const rq_convolution *c,
                      float *columns)
{
    const rq_window *w = &c->window;
    size_t positions = rq_window_in_count(w), taps = rq_window_taps(w),
           plane = rq_window_out_count(w);
    rq_blas_sgemm(true, false, (size_t)c->outputs * taps, positions, (size_t)c->inputs, weights, x,
                  0.0f, columns);
    memset(out, 0, (size_t)c->outputs * plane * sizeof *out);
    for (int64_t o = 0; o < c->outputs; o++, out += plane)
        for (int64_t kd = 0; kd < w->kernel[0]; kd++)
            for (int64_t kh = 0; kh < w->kernel[1]; kh++)
                for (int64_t kw = 0; kw < w->kernel[2]; kw++, columns += positions)
                    scatter_tap(out, columns, w, kd, kh, kw);
}

rq_status rq_backward_run(rq_call *call)
{
    return rq_convolution_run_groups(call, run_group);
}
