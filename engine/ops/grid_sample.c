/* Operation Specifications: GridSample-9: samples of an image [N,C,H,W] at the places of a grid
 * [N,h,w,2], whose x and y go from -1 to 1 over the image. */
#include "engine/ops/op.h"

#include <math.h>

typedef struct grid_sample_attrs {
    bool align_corners;
    int mode, padding;
} grid_sample_attrs;

static const char *const modes[] = {"bilinear", "bicubic", "nearest", NULL};
static const char *const paddings[] = {"zeros", "border", "reflection", NULL};
enum { BILINEAR, BICUBIC, NEAREST };
enum { ZEROS, BORDER, REFLECTION };

static const rq_attr_spec attrs_table[] = {
    {"align_corners", RQ_ATTR_BOOL, offsetof(grid_sample_attrs, align_corners), "false", NULL},
    {"mode", RQ_ATTR_ENUM, offsetof(grid_sample_attrs, mode), "bilinear", modes},
    {"padding_mode", RQ_ATTR_ENUM, offsetof(grid_sample_attrs, padding), "zeros", paddings},
    RQ_ATTRS_END,
};

static rq_status infer(rq_infer *ctx)
{
    const rq_shape *x = &ctx->in[0].shape, *grid = &ctx->in[1].shape;
    char a[RQ_SHAPE_TEXT], b[RQ_SHAPE_TEXT];
    RQ_TRY(rq_infer_arity(ctx, 2, 2));
    RQ_TRY(rq_infer_float(ctx, 1));
    RQ_TRY(rq_infer_float(ctx, 0));
    if (x->rank != 4 || grid->rank != 4 || x->d[0] != grid->d[0] || grid->d[3] != 2 ||
        x->d[2] < 1 || x->d[3] < 1)
        return rq_node_fail(ctx->node, RQ_EFORMAT,
                            "an image of %s and a grid of %s, expected [N,C,H,W] and [N,h,w,2]",
                            rq_shape_text(x, a), rq_shape_text(grid, b));
    ctx->out[0].dtype = ctx->in[0].dtype;
    ctx->out[0].shape = (rq_shape){4, {x->d[0], x->d[1], grid->d[1], grid->d[2]}};
    return RQ_OK;
}

/* One channel of an image, and how it is read. */
typedef struct plane {
    const float *at;
    int64_t height, width;
    const grid_sample_attrs *attrs;
} plane;

/* Elements, of which the first's centre is 0; far outside, and NaN, as some place that is. */
static float place(float x, int64_t size, bool align_corners)
{
    float at = align_corners ? (x + 1) / 2 * (float)(size - 1) : ((x + 1) * (float)size - 1) / 2;
    return fmaxf(-1e9f, fminf(at, 1e9f));
}

/* The image mirrored at its edges, which repeat unless corners are aligned. */
static int64_t reflect(int64_t i, int64_t size, bool align_corners)
{
    int64_t period = align_corners ? 2 * (size - 1) : 2 * size;
    if (size == 1) return 0;
    i = (i % period + period) % period;
    return i < size ? i : align_corners ? period - i : period - 1 - i;
}

static int64_t clamp(int64_t i, int64_t size)
{
    return i < 0 ? 0 : i < size ? i : size - 1;
}

static float read(const plane *p, int64_t y, int64_t x)
{
    bool inside = y >= 0 && y < p->height && x >= 0 && x < p->width;
    if (inside) return p->at[y * p->width + x];
    if (p->attrs->padding == ZEROS) return 0.0f;
    if (p->attrs->padding == BORDER)
        return p->at[clamp(y, p->height) * p->width + clamp(x, p->width)];
    return p->at[reflect(y, p->height, p->attrs->align_corners) * p->width +
                 reflect(x, p->width, p->attrs->align_corners)];
}

/* Weights of n neighbours, the first of which is returned. */
static int64_t weigh(float *weights, float at, int mode)
{
    float low = floorf(at), t = at - low;
    if (mode == BILINEAR) {
        weights[0] = 1 - t;
        weights[1] = t;
        return (int64_t)low;
    }
    const float a = -0.75f;
    for (int k = 0; k < 4; k++) {
        float d = fabsf(t + 1 - (float)k);
        weights[k] = d <= 1 ? ((a + 2) * d - (a + 3)) * d * d + 1
                            : ((a * d - 5 * a) * d + 8 * a) * d - 4 * a;
    }
    return (int64_t)low - 1;
}

static float sample(const plane *p, float y, float x)
{
    int mode = p->attrs->mode, n = mode == BICUBIC ? 4 : 2;
    float wy[4], wx[4], sum = 0;
    if (mode == NEAREST) return read(p, (int64_t)rintf(y), (int64_t)rintf(x));
    int64_t top = weigh(wy, y, mode), left = weigh(wx, x, mode);
    for (int j = 0; j < n; j++) {
        float row = 0;
        for (int i = 0; i < n; i++) row += wx[i] * read(p, top + j, left + i);
        sum += wy[j] * row;
    }
    return sum;
}

static rq_status run(rq_call *call)
{
    const grid_sample_attrs *a = call->attrs;
    const rq_shape *in = &call->in[0].shape, *shape = &call->out[0].shape;
    int64_t points = shape->d[2] * shape->d[3];
    const float *x = call->in[0].data, *grid = call->in[1].data;
    float *out = call->out[0].data;
    for (int64_t n = 0; n < in->d[0]; n++, grid += 2 * points)
        for (int64_t c = 0; c < in->d[1]; c++, x += in->d[2] * in->d[3], out += points) {
            const plane p = {x, in->d[2], in->d[3], a};
            for (int64_t i = 0; i < points; i++)
                out[i] = sample(&p, place(grid[2 * i + 1], p.height, a->align_corners),
                                place(grid[2 * i], p.width, a->align_corners));
        }
    return RQ_OK;
}

const rq_op rq_op_GridSample = {
    .type = "GridSample",
    .opsets = RQ_OPSET(9),
    .role = RQ_ROLE_FLOAT,
    .attrs_size = sizeof(grid_sample_attrs),
    .attrs = attrs_table,
    .infer = infer,
    .run = run,
};
