/* Convolution as matrix product: kernels (O, I*K) times columns (I*K, positions), the columns being
 * the input itself for 1x1 kernels. Depthwise convolutions are summed directly. */
#include "engine/ops/common/convolve.h"

#include "engine/base/cpu.h"
#include "engine/ops/common/blas.h"

#include <string.h>

rq_status rq_convolve_infer(rq_infer *ctx)
{
    rq_convolution c;
    RQ_TRY(rq_infer_arity(ctx, 2, 2));
    RQ_TRY(rq_convolution_read(&c, ctx->op, ctx->node, ctx->attrs, ctx->in, ctx->n_in));
    ctx->out[0].shape = rq_convolution_shape(&c, &ctx->in[0].shape);
    ctx->out[0].dtype = ctx->in[0].dtype;
    if (!rq_dtype_is_float(ctx->in[0].dtype) || ctx->in[1].dtype != ctx->in[0].dtype)
        return rq_node_fail(ctx->node, RQ_EUNSUPPORTED,
                            "data %s and weights %s, expected one floating "
                            "point type",
                            rq_dtype_name(ctx->in[0].dtype), rq_dtype_name(ctx->in[1].dtype));
    return RQ_OK;
}

static bool is_pointwise(const rq_window *w)
{
    for (int d = 0; d < RQ_MAX_SPATIAL; d++)
        if (w->kernel[d] != 1 || w->stride[d] != 1 || w->pad_begin[d] != 0 || w->pad_end[d] != 0)
            return false;
    return true;
}

size_t rq_convolve_scratch(const rq_infer *ctx)
{
    rq_convolution c;
    if (rq_convolution_read(&c, ctx->op, ctx->node, ctx->attrs, ctx->in, ctx->n_in) != RQ_OK ||
        is_pointwise(&c.window) || c.inputs == 1)
        return 0;
    return (size_t)c.inputs * rq_window_taps(&c.window) * rq_window_out_count(&c.window) *
           sizeof(float);
}

/* Output positions of a tap along one dimension whose input lies inside: [*first, *last). */
static void positions_inside(int64_t *first, int64_t *last, const rq_window *w, int d, int64_t tap)
{
    int64_t offset = tap * w->dilation[d] - w->pad_begin[d], stride = w->stride[d];
    *first = offset >= 0 ? 0 : (-offset + stride - 1) / stride;
    *last = offset >= w->in[d] ? 0 : (w->in[d] - 1 - offset) / stride + 1;
    if (*last > w->out[d]) *last = w->out[d];
    if (*first > *last) *first = *last;
}

/* One row of the column matrix: what tap (kd, kh, kw) sees at every output position. */
static void gather_tap(float *out, const float *plane, const rq_window *w, int64_t kd, int64_t kh,
                       int64_t kw)
{
    int64_t d0, d1, h0, h1, w0, w1;
    positions_inside(&d0, &d1, w, 0, kd);
    positions_inside(&h0, &h1, w, 1, kh);
    positions_inside(&w0, &w1, w, 2, kw);
    memset(out, 0, rq_window_out_count(w) * sizeof *out);
    for (int64_t d = d0; d < d1; d++)
        for (int64_t h = h0; h < h1; h++) {
            int64_t id = d * w->stride[0] - w->pad_begin[0] + kd * w->dilation[0];
            int64_t ih = h * w->stride[1] - w->pad_begin[1] + kh * w->dilation[1];
            const float *from =
                plane + (id * w->in[1] + ih) * w->in[2] - w->pad_begin[2] + kw * w->dilation[2];
            float *to = out + (d * w->out[1] + h) * w->out[2];
            if (w->stride[2] == 1)
                memcpy(to + w0, from + w0, (size_t)(w1 - w0) * sizeof *to);
            else
                for (int64_t x = w0; x < w1; x++) to[x] = from[x * w->stride[2]];
        }
}

static void gather_columns(float *columns, const float *x, const rq_convolution *c)
{
    const rq_window *w = &c->window;
    size_t positions = rq_window_out_count(w), plane = rq_window_in_count(w);
    for (int64_t i = 0; i < c->inputs; i++)
        for (int64_t kd = 0; kd < w->kernel[0]; kd++)
            for (int64_t kh = 0; kh < w->kernel[1]; kh++)
                for (int64_t kw = 0; kw < w->kernel[2]; kw++, columns += positions)
                    gather_tap(columns, x + (size_t)i * plane, w, kd, kh, kw);
}

/* One input plane, one kernel, added tap by tap: rows of outputs stay in the cache. */
static inline __attribute__((always_inline)) void
add_plane_taps(float *out, const float *x, const float *weights, const rq_window *w)
{
    for (int64_t kd = 0; kd < w->kernel[0]; kd++)
        for (int64_t kh = 0; kh < w->kernel[1]; kh++)
            for (int64_t kw = 0; kw < w->kernel[2]; kw++) {
                int64_t d0, d1, h0, h1, w0, w1;
                float weight = *weights++;
                positions_inside(&d0, &d1, w, 0, kd);
                positions_inside(&h0, &h1, w, 1, kh);
                positions_inside(&w0, &w1, w, 2, kw);
                for (int64_t d = d0; d < d1; d++)
                    for (int64_t h = h0; h < h1; h++) {
                        int64_t id = d * w->stride[0] - w->pad_begin[0] + kd * w->dilation[0];
                        int64_t ih = h * w->stride[1] - w->pad_begin[1] + kh * w->dilation[1];
                        const float *from = x + (id * w->in[1] + ih) * w->in[2] - w->pad_begin[2] +
                                            kw * w->dilation[2];
                        float *to = out + (d * w->out[1] + h) * w->out[2];
                        if (w->stride[2] == 1)
                            for (int64_t p = w0; p < w1; p++) to[p] += weight * from[p];
                        else
                            for (int64_t p = w0; p < w1; p++)
                                to[p] += weight * from[p * w->stride[2]];
                    }
            }
}

/* The same source twice, chosen by hand: what chooses between target_clones runs before main, and
 * dies there under the thread sanitizer. */
RQ_FOR_AVX2 static void add_plane_avx2(float *out, const float *x, const float *weights,
                                       const rq_window *w)
{
    add_plane_taps(out, x, weights, w);
}

static void add_plane(float *out, const float *x, const float *weights, const rq_window *w)
{
    if (rq_cpu_has(RQ_ISA_AVX2))
        add_plane_avx2(out, x, weights, w);
    else
        add_plane_taps(out, x, weights, w);
}

static void run_group(float *out, const float *x, const float *weights, const rq_convolution *c,
                      float *columns)
{
    size_t positions = rq_window_out_count(&c->window), taps = rq_window_taps(&c->window);
    if (c->inputs == 1 && !is_pointwise(&c->window)) {
        memset(out, 0, (size_t)c->outputs * positions * sizeof *out);
        for (int64_t o = 0; o < c->outputs; o++)
            add_plane(out + (size_t)o * positions, x, weights + (size_t)o * taps, &c->window);
        return;
    }
    if (!is_pointwise(&c->window)) {
        gather_columns(columns, x, c);
        x = columns;
    }
    rq_blas_sgemm(false, false, (size_t)c->outputs, positions, (size_t)c->inputs * taps, weights, x,
                  0.0f, out);
}

rq_status rq_convolve_run(rq_call *call)
{
    return rq_convolution_run_groups(call, run_group);
}
