/* Operation Specifications: DeformableConvolution-1, DeformableConvolution-8: a convolution whose
 * taps are moved by offsets [N, D*2*kh*kw, h, w] (y, then x, of each tap), and since opset 8
 * weighted by a mask [N, D*kh*kw, h, w]. D groups of channels have offsets of their own. */
#include "engine/ops/common/window.h"

#include <inttypes.h>
#include <math.h>

typedef struct deformable_attrs {
    rq_window_attrs window; /* first, for RQ_WINDOW_SPECS */
    int64_t group, deformable_group;
    bool fades; /* to 0 within one element outside of the image */
} deformable_attrs;

static const rq_attr_spec attrs_table[] = {
    RQ_WINDOW_SPECS,
    {"group", RQ_ATTR_INT, offsetof(deformable_attrs, group), "1", NULL},
    {"deformable_group", RQ_ATTR_INT, offsetof(deformable_attrs, deformable_group), "1", NULL},
    {"bilinear_interpolation_pad", RQ_ATTR_BOOL, offsetof(deformable_attrs, fades), "false", NULL},
    RQ_ATTRS_END,
};

static rq_status check_channels(const rq_infer *ctx)
{
    const deformable_attrs *a = ctx->attrs;
    const rq_shape *x = &ctx->in[0].shape, *w = &ctx->in[2].shape;
    if (a->group >= 1 && a->deformable_group >= 1 && w->d[1] >= 1 && x->d[1] % a->group == 0 &&
        x->d[1] / a->group == w->d[1] && w->d[0] % a->group == 0 &&
        x->d[1] % a->deformable_group == 0)
        return RQ_OK;
    char data[RQ_SHAPE_TEXT], weights[RQ_SHAPE_TEXT];
    return rq_node_fail(
        ctx->node, RQ_EFORMAT,
        "data %s and weights %s in %" PRId64 " groups and %" PRId64 " deformable ones",
        rq_shape_text(x, data), rq_shape_text(w, weights), a->group, a->deformable_group);
}

/* Input i is [N, channels, h, w] of the output. */
static rq_status check_map(const rq_infer *ctx, uint32_t i, const rq_shape *out, int64_t channels)
{
    const rq_shape *shape = &ctx->in[i].shape;
    char text[RQ_SHAPE_TEXT];
    if (!rq_input_given(ctx->in, ctx->n_in, i)) return RQ_OK;
    if (shape->rank == 4 && shape->d[0] == out->d[0] && shape->d[1] == channels &&
        shape->d[2] == out->d[2] && shape->d[3] == out->d[3])
        return RQ_OK;
    return rq_node_fail(ctx->node, RQ_EFORMAT,
                        "input %u of shape %s, expected [%" PRId64 ",%" PRId64 ",%" PRId64
                        ",%" PRId64 "]",
                        i, rq_shape_text(shape, text), out->d[0], channels, out->d[2], out->d[3]);
}

static rq_status infer(rq_infer *ctx)
{
    const deformable_attrs *a = ctx->attrs;
    const rq_shape *x = &ctx->in[0].shape, *w = &ctx->in[2].shape;
    rq_window window;
    RQ_TRY(rq_infer_arity(ctx, 3, ctx->version >= 8 ? 4 : 3));
    RQ_TRY(rq_infer_floats(ctx, 4));
    RQ_TRY(rq_infer_rank(ctx, 0, 4, 4));
    RQ_TRY(rq_infer_rank(ctx, 2, 4, 4));
    RQ_TRY(check_channels(ctx));
    RQ_TRY(
        rq_window_forward(&window, ctx->node, &a->window, x->d + 2, w->d + 2, 2, RQ_WINDOW_FLOOR));
    rq_shape shape = rq_window_pooled(&window, x);
    shape.d[1] = w->d[0];
    int64_t taps = a->deformable_group * (int64_t)rq_window_taps(&window);
    RQ_TRY(check_map(ctx, 1, &shape, 2 * taps));
    RQ_TRY(check_map(ctx, 3, &shape, taps));
    ctx->out[0].dtype = ctx->in[0].dtype;
    ctx->out[0].shape = shape;
    return RQ_OK;
}

typedef struct deformable {
    const deformable_attrs *attrs;
    rq_window window;
    int64_t channels, pixels;        /* of the input; of the output */
    const float *x, *offsets, *mask; /* of one image; mask may be NULL */
} deformable;

static float read(const deformable *d, const float *plane, int64_t y, int64_t x)
{
    const int64_t *size = d->window.in + 1;
    return y < 0 || y >= size[0] || x < 0 || x >= size[1] ? 0.0f : plane[y * size[1] + x];
}

/* The plane at (y, x); 0 outside of it. */
static float sample(const deformable *d, const float *plane, float y, float x)
{
    float height = (float)d->window.in[1], width = (float)d->window.in[2];
    float least = d->attrs->fades ? -1.0f : 0.0f;
    bool inside = d->attrs->fades ? y > least && x > least : y >= least && x >= least;
    if (!inside || !(y < height && x < width)) return 0.0f;
    int64_t top = (int64_t)floorf(y), left = (int64_t)floorf(x);
    float dy = y - (float)top, dx = x - (float)left;
    int64_t bottom = top + 1, right = left + 1;
    if (!d->attrs->fades) { /* the edge goes on */
        if (bottom >= d->window.in[1]) bottom = top;
        if (right >= d->window.in[2]) right = left;
    }
    return (1 - dy) * ((1 - dx) * read(d, plane, top, left) + dx * read(d, plane, top, right)) +
           dy * ((1 - dx) * read(d, plane, bottom, left) + dx * read(d, plane, bottom, right));
}

/* Tap k of the window at the output's pixel, of input channel c. */
static float tap(const deformable *d, int64_t c, int64_t k, int64_t pixel)
{
    const rq_window *w = &d->window;
    int64_t taps = (int64_t)rq_window_taps(w);
    int64_t set = c / (d->channels / d->attrs->deformable_group) * taps + k;
    int64_t row =
        pixel / w->out[2] * w->stride[1] - w->pad_begin[1] + k / w->kernel[2] * w->dilation[1];
    int64_t column =
        pixel % w->out[2] * w->stride[2] - w->pad_begin[2] + k % w->kernel[2] * w->dilation[2];
    const float *moved = d->offsets + 2 * set * d->pixels + pixel;
    float value = sample(d, d->x + c * w->in[1] * w->in[2], (float)row + moved[0],
                         (float)column + moved[d->pixels]);
    return d->mask ? value * d->mask[set * d->pixels + pixel] : value;
}

/* Adds channel c's part to the `outputs` planes at out, whose weights of it are `step` apart. */
static void add_channel(const deformable *d, float *out, int64_t outputs, int64_t c,
                        const float *weights, int64_t step)
{
    int64_t taps = (int64_t)rq_window_taps(&d->window);
    for (int64_t k = 0; k < taps; k++)
        for (int64_t i = 0; i < d->pixels; i++) {
            float value = tap(d, c, k, i);
            for (int64_t o = 0; o < outputs && value != 0.0f; o++)
                out[o * d->pixels + i] += weights[o * step + k] * value;
        }
}

static void run_image(const deformable *d, float *out, const float *weights, int64_t outputs)
{
    int64_t groups = d->attrs->group, inputs = d->channels / groups;
    int64_t step = inputs * (int64_t)rq_window_taps(&d->window);
    for (int64_t i = 0; i < outputs * d->pixels; i++) out[i] = 0.0f;
    for (int64_t c = 0; c < d->channels; c++) {
        int64_t first = c / inputs * (outputs / groups);
        add_channel(d, out + first * d->pixels, outputs / groups, c,
                    weights + first * step + c % inputs * (int64_t)rq_window_taps(&d->window),
                    step);
    }
}

static rq_status run(rq_call *call)
{
    const deformable_attrs *a = call->attrs;
    const rq_tensor *in = call->in;
    const rq_shape *x = &in[0].shape, *out = &call->out[0].shape;
    deformable d = {.attrs = a, .channels = x->d[1], .pixels = out->d[2] * out->d[3]};
    bool masked = rq_input_given(in, call->n_in, 3);
    RQ_TRY(rq_window_forward(&d.window, call->node, &a->window, x->d + 2, in[2].shape.d + 2, 2,
                             RQ_WINDOW_FLOOR));
    for (int64_t n = 0; n < x->d[0]; n++) {
        d.x = (const float *)in[0].data + n * (int64_t)rq_shape_span(x, 1, 4);
        d.offsets = (const float *)in[1].data + n * (int64_t)rq_shape_span(&in[1].shape, 1, 4);
        if (masked)
            d.mask = (const float *)in[3].data + n * (int64_t)rq_shape_span(&in[3].shape, 1, 4);
        run_image(&d, (float *)call->out[0].data + n * (int64_t)rq_shape_span(out, 1, 4),
                  in[2].data, out->d[1]);
    }
    return RQ_OK;
}

const rq_op rq_op_DeformableConvolution = {
    .type = "DeformableConvolution",
    .opsets = RQ_OPSET(1) | RQ_OPSET(8),
    .role = RQ_ROLE_FLOAT,
    .attrs_size = sizeof(deformable_attrs),
    .attrs = attrs_table,
    .infer = infer,
    .run = run,
};
