/* Operation Specifications: DeformablePSROIPooling-1: position-sensitive pooling whose bins are
 * moved by offsets that the network gives (input 2, optional). A bin's value is the mean of its
 * spatial_bins_x * spatial_bins_y samples that lie on the map. */
#include "engine/ops/common/roi.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

typedef struct deformable_attrs {
    int64_t output_dim, group_size, bins_x, bins_y, part_size;
    double spatial_scale, trans_std;
} deformable_attrs;

#define FIELD(name) offsetof(deformable_attrs, name)

static const rq_attr_spec attrs_table[] = {
    {"output_dim", RQ_ATTR_INT, FIELD(output_dim), NULL, NULL},
    {"group_size", RQ_ATTR_INT, FIELD(group_size), "1", NULL},
    {"spatial_scale", RQ_ATTR_FLOAT, FIELD(spatial_scale), NULL, NULL},
    {"spatial_bins_x", RQ_ATTR_INT, FIELD(bins_x), "1", NULL},
    {"spatial_bins_y", RQ_ATTR_INT, FIELD(bins_y), "1", NULL},
    {"trans_std", RQ_ATTR_FLOAT, FIELD(trans_std), "1", NULL},
    {"part_size", RQ_ATTR_INT, FIELD(part_size), "1", NULL},
    RQ_ATTRS_END,
};

#define LIMIT 65536 /* keeps products of two attributes small */

static rq_status check_offsets(const rq_infer *ctx)
{
    const deformable_attrs *a = ctx->attrs;
    const rq_shape *offsets = &ctx->in[2].shape;
    if (!rq_input_given(ctx->in, ctx->n_in, 2)) return RQ_OK;
    RQ_TRY(rq_infer_rank(ctx, 2, 4, 4));
    int64_t pairs = offsets->d[1] / 2;
    if (rq_dtype_is_float(ctx->in[2].dtype) && offsets->d[0] == ctx->in[1].shape.d[0] &&
        offsets->d[1] % 2 == 0 && pairs > 0 && a->output_dim % pairs == 0 &&
        offsets->d[2] == a->part_size && offsets->d[3] == a->part_size)
        return RQ_OK;
    char text[RQ_SHAPE_TEXT];
    return rq_node_fail(ctx->node, RQ_EFORMAT,
                        "offsets of shape %s, expected [%" PRId64 ",2*K,%" PRId64 ",%" PRId64
                        "] with K dividing %" PRId64,
                        rq_shape_text(offsets, text), ctx->in[1].shape.d[0], a->part_size,
                        a->part_size, a->output_dim);
}

static rq_status infer(rq_infer *ctx)
{
    const deformable_attrs *a = ctx->attrs;
    const int64_t numbers[] = {a->output_dim, a->group_size, a->bins_x, a->bins_y, a->part_size};
    RQ_TRY(rq_infer_arity(ctx, 2, 3));
    RQ_TRY(rq_roi_infer(ctx, 5));
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (numbers[i] < 1 || numbers[i] > LIMIT)
            return rq_node_fail(ctx->node, RQ_EFORMAT, "a size of %" PRId64 ", expected 1 to %d",
                                numbers[i], LIMIT);
    int64_t channels = ctx->in[0].shape.d[1], parts = a->group_size * a->group_size;
    if (channels != a->output_dim * parts)
        return rq_node_fail(ctx->node, RQ_EFORMAT,
                            "%" PRId64 " channels, expected %" PRId64 " * %" PRId64, channels,
                            a->output_dim, parts);
    RQ_TRY(check_offsets(ctx));
    ctx->out[0].dtype = ctx->in[0].dtype;
    ctx->out[0].shape =
        (rq_shape){4, {ctx->in[1].shape.d[0], a->output_dim, a->group_size, a->group_size}};
    return RQ_OK;
}

typedef struct region {
    float x, y, width, height;
} region;

static region read_region(const deformable_attrs *a, const float *roi)
{
    float scale = (float)a->spatial_scale;
    float x1 = roundf(roi[1]) * scale - 0.5f, y1 = roundf(roi[2]) * scale - 0.5f;
    float x2 = (roundf(roi[3]) + 1) * scale - 0.5f, y2 = (roundf(roi[4]) + 1) * scale - 0.5f;
    return (region){x1, y1, fmaxf(x2 - x1, 0.1f), fmaxf(y2 - y1, 0.1f)};
}

/* Moves bin (row, column) of output channel c by region n's offset, in parts of the region. */
static void move_bin(const rq_call *call, int64_t n, int64_t c, int64_t row, int64_t column,
                     const region *r, float *x, float *y)
{
    const deformable_attrs *a = call->attrs;
    if (!rq_input_given(call->in, call->n_in, 2)) return;
    const float *offsets = call->in[2].data;
    int64_t pairs = call->in[2].shape.d[1] / 2, pair = c / (a->output_dim / pairs);
    int64_t part = a->part_size, area = part * part;
    int64_t at = (n * pairs + pair) * 2 * area + row * part / a->group_size * part +
                 column * part / a->group_size;
    *x += offsets[at] * (float)a->trans_std * r->width;
    *y += offsets[at + area] * (float)a->trans_std * r->height;
}

static float pool(const deformable_attrs *a, const float *plane, const rq_shape *in, float x,
                  float y, const region *r)
{
    float step_x = r->width / (float)a->group_size / (float)a->bins_x;
    float step_y = r->height / (float)a->group_size / (float)a->bins_y;
    float width = (float)in->d[3], height = (float)in->d[2];
    double sum = 0;
    int64_t count = 0;
    for (int64_t j = 0; j < a->bins_y; j++)
        for (int64_t i = 0; i < a->bins_x; i++) {
            float sy = y + (float)j * step_y, sx = x + (float)i * step_x;
            if (!(sy >= -0.5f && sy <= height - 0.5f && sx >= -0.5f && sx <= width - 0.5f))
                continue;
            rq_bilinear point = rq_bilinear_at(fminf(fmaxf(sx, 0), width - 1),
                                               fminf(fmaxf(sy, 0), height - 1), in->d[2], in->d[3]);
            sum += rq_bilinear_value(&point, plane);
            count++;
        }
    return count ? (float)(sum / (double)count) : 0.0f;
}

static void pool_region(const rq_call *call, int64_t n, const float *map, const region *r,
                        float *out)
{
    const deformable_attrs *a = call->attrs;
    const rq_shape *in = &call->in[0].shape;
    float bin_w = r->width / (float)a->group_size, bin_h = r->height / (float)a->group_size;
    for (int64_t c = 0; c < a->output_dim; c++)
        for (int64_t row = 0; row < a->group_size; row++)
            for (int64_t column = 0; column < a->group_size; column++) {
                float x = r->x + (float)column * bin_w, y = r->y + (float)row * bin_h;
                move_bin(call, n, c, row, column, r, &x, &y);
                *out++ = pool(a, map, in, x, y, r);
                map += in->d[2] * in->d[3];
            }
}

static rq_status run(rq_call *call)
{
    const rq_shape *in = &call->in[0].shape;
    size_t image_size = rq_shape_span(in, 1, 4);
    size_t region_size = rq_shape_span(&call->out[0].shape, 1, 4);
    float *out = call->out[0].data;
    memset(out, 0, rq_tensor_bytes(&call->out[0]));
    for (int64_t n = 0; n < call->in[1].shape.d[0]; n++, out += region_size) {
        const float *roi = (const float *)call->in[1].data + n * 5;
        int64_t image;
        if (roi[0] < 0) continue; /* padding after the last region */
        RQ_TRY(rq_roi_image(call->node, &image, roi[0], in->d[0]));
        region r = read_region(call->attrs, roi);
        pool_region(call, n, (const float *)call->in[0].data + (size_t)image * image_size, &r, out);
    }
    return RQ_OK;
}

const rq_op rq_op_DeformablePSROIPooling = {
    .type = "DeformablePSROIPooling",
    .opsets = RQ_OPSET(1),
    .role = RQ_ROLE_FLOAT,
    .attrs_size = sizeof(deformable_attrs),
    .attrs = attrs_table,
    .infer = infer,
    .run = run,
};
