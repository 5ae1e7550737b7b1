/* Operation Specifications: PSROIPooling-1: position-sensitive pooling, where every bin of a region
 * reads channels of its own. "average": the mean of a bin's elements; "bilinear": the mean of one
 * sample from each of spatial_bins_x * spatial_bins_y sub-regions. As in OpenVINO's runtime an
 * image of -1 ends the list of regions. */
#include "engine/ops/common/roi.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

typedef struct psroi_attrs {
    int64_t output_dim, group_size, bins_x, bins_y;
    double spatial_scale;
    int mode;
} psroi_attrs;

static const char *const modes[] = {"average", "bilinear", NULL};
enum { BILINEAR = 1 };

#define FIELD(name) offsetof(psroi_attrs, name)

static const rq_attr_spec attrs_table[] = {
    {"output_dim", RQ_ATTR_INT, FIELD(output_dim), NULL, NULL},
    {"group_size", RQ_ATTR_INT, FIELD(group_size), "1", NULL},
    {"spatial_scale", RQ_ATTR_FLOAT, FIELD(spatial_scale), NULL, NULL},
    {"mode", RQ_ATTR_ENUM, FIELD(mode), "average", modes},
    {"spatial_bins_x", RQ_ATTR_INT, FIELD(bins_x), "1", NULL},
    {"spatial_bins_y", RQ_ATTR_INT, FIELD(bins_y), "1", NULL},
    RQ_ATTRS_END,
};

#define LIMIT 65536 /* keeps products of two attributes small */

static rq_status infer(rq_infer *ctx)
{
    const psroi_attrs *a = ctx->attrs;
    const int64_t numbers[] = {a->output_dim, a->group_size, a->bins_x, a->bins_y};
    RQ_TRY(rq_infer_arity(ctx, 2, 2));
    RQ_TRY(rq_roi_infer(ctx, 5));
    for (int i = 0; i < 4; i++)
        if (numbers[i] < 1 || numbers[i] > LIMIT)
            return rq_node_fail(ctx->node, RQ_EFORMAT, "%s is %" PRId64 ", expected 1 to %d",
                                ((const char *[]){"output_dim", "group_size", "spatial_bins_x",
                                                  "spatial_bins_y"})[i],
                                numbers[i], LIMIT);
    int64_t parts = a->mode == BILINEAR ? a->bins_x * a->bins_y : a->group_size * a->group_size;
    int64_t channels = ctx->in[0].shape.d[1];
    if (channels != a->output_dim * parts)
        return rq_node_fail(ctx->node, RQ_EFORMAT,
                            "%" PRId64 " channels, expected %" PRId64 " * %" PRId64, channels,
                            a->output_dim, parts);
    ctx->out[0].dtype = ctx->in[0].dtype;
    ctx->out[0].shape =
        (rq_shape){4, {ctx->in[1].shape.d[0], a->output_dim, a->group_size, a->group_size}};
    return RQ_OK;
}

static int64_t inside(float x, int64_t limit)
{
    return !(x > 0) ? 0 : x >= (float)limit ? limit : (int64_t)x;
}

/* corner: x1, y1, x2, y2 in units of the map. Bin (row, column) of the group. */
static float average(const psroi_attrs *a, const float *plane, const rq_shape *in,
                     const float corner[4], int64_t row, int64_t column)
{
    float bin_w = fmaxf(corner[2] - corner[0], 0.1f) / (float)a->group_size;
    float bin_h = fmaxf(corner[3] - corner[1], 0.1f) / (float)a->group_size;
    int64_t x1 = inside(floorf((float)column * bin_w + corner[0]), in->d[3]);
    int64_t x2 = inside(ceilf((float)(column + 1) * bin_w + corner[0]), in->d[3]);
    int64_t y1 = inside(floorf((float)row * bin_h + corner[1]), in->d[2]);
    int64_t y2 = inside(ceilf((float)(row + 1) * bin_h + corner[1]), in->d[2]);
    if (x2 <= x1 || y2 <= y1) return 0.0f;
    double sum = 0;
    for (int64_t y = y1; y < y2; y++)
        for (int64_t x = x1; x < x2; x++) sum += plane[y * in->d[3] + x];
    return (float)(sum / (double)((x2 - x1) * (y2 - y1)));
}

static void pool_average(const psroi_attrs *a, const float *map, const rq_shape *in,
                         const float *roi, float *out)
{
    float scale = (float)a->spatial_scale;
    float corner[] = {roundf(roi[1]) * scale, roundf(roi[2]) * scale, (roundf(roi[3]) + 1) * scale,
                      (roundf(roi[4]) + 1) * scale};
    for (int64_t c = 0; c < a->output_dim; c++)
        for (int64_t y = 0; y < a->group_size; y++)
            for (int64_t x = 0; x < a->group_size; x++, map += in->d[2] * in->d[3])
                *out++ = average(a, map, in, corner, y, x);
}

/* Sample i of n in a sub-region from `start`, `size` long, both in parts of the whole map. */
static float place(float start, float size, int64_t i, int64_t n, int64_t limit)
{
    float last = (float)(limit - 1);
    if (n == 1) return 0.5f * (start + start + size) * last;
    return (float)i * (size * last / (float)(n - 1)) + start * last;
}

static float bilinear(const psroi_attrs *a, const float *plane, const rq_shape *in,
                      const float corner[4], int64_t row, int64_t column)
{
    float size_x = (corner[2] - corner[0]) / (float)a->bins_x;
    float size_y = (corner[3] - corner[1]) / (float)a->bins_y;
    double sum = 0;
    for (int64_t j = 0; j < a->bins_y; j++)
        for (int64_t i = 0; i < a->bins_x; i++, plane += a->output_dim * in->d[2] * in->d[3]) {
            float y = place(corner[1] + (float)j * size_y, size_y, row, a->group_size, in->d[2]);
            float x = place(corner[0] + (float)i * size_x, size_x, column, a->group_size, in->d[3]);
            if (!(y >= 0 && y <= (float)(in->d[2] - 1) && x >= 0 && x <= (float)(in->d[3] - 1)))
                continue;
            rq_bilinear point = rq_bilinear_at(x, y, in->d[2], in->d[3]);
            sum += rq_bilinear_value(&point, plane);
        }
    return (float)(sum / (double)(a->bins_x * a->bins_y));
}

static void pool_bilinear(const psroi_attrs *a, const float *map, const rq_shape *in,
                          const float *roi, float *out)
{
    float corner[4];
    for (int i = 0; i < 4; i++) corner[i] = roi[1 + i] * (float)a->spatial_scale;
    for (int64_t c = 0; c < a->output_dim; c++, map += in->d[2] * in->d[3])
        for (int64_t y = 0; y < a->group_size; y++)
            for (int64_t x = 0; x < a->group_size; x++) *out++ = bilinear(a, map, in, corner, y, x);
}

static rq_status run(rq_call *call)
{
    const psroi_attrs *a = call->attrs;
    const rq_shape *in = &call->in[0].shape;
    size_t image_size = rq_shape_span(in, 1, 4);
    size_t region_size = rq_shape_span(&call->out[0].shape, 1, 4);
    memset(call->out[0].data, 0, rq_tensor_bytes(&call->out[0]));
    for (int64_t n = 0; n < call->in[1].shape.d[0]; n++) {
        const float *roi = (const float *)call->in[1].data + n * 5;
        int64_t image;
        if (roi[0] == -1.0f) break;
        RQ_TRY(rq_roi_image(call->node, &image, roi[0], in->d[0]));
        const float *map = (const float *)call->in[0].data + (size_t)image * image_size;
        (a->mode == BILINEAR ? pool_bilinear : pool_average)(
            a, map, in, roi, (float *)call->out[0].data + (size_t)n * region_size);
    }
    return RQ_OK;
}

const rq_op rq_op_PSROIPooling = {
    .type = "PSROIPooling",
    .opsets = RQ_OPSET(1),
    .role = RQ_ROLE_FLOAT,
    .attrs_size = sizeof(psroi_attrs),
    .attrs = attrs_table,
    .infer = infer,
    .run = run,
};
