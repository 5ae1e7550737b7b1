/* Operation Specifications: ROIPooling-1 (of opset2). "max": the maximum of each bin of a region in
 * pixels; "bilinear": a grid of samples that spans a region in units of the whole map. A region is
 * [image, x1, y1, x2, y2]; as in OpenVINO's runtime an image of -1 ends the list. */
#include "engine/ops/common/roi.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

typedef struct roi_pooling_attrs {
    int64_t pooled_h, pooled_w;
    double spatial_scale;
    int method;
} roi_pooling_attrs;

static const char *const methods[] = {"max", "bilinear", NULL};
enum { BILINEAR = 1 };

#define FIELD(name) offsetof(roi_pooling_attrs, name)

static const rq_attr_spec attrs_table[] = {
    {"pooled_h", RQ_ATTR_INT, FIELD(pooled_h), NULL, NULL},
    {"pooled_w", RQ_ATTR_INT, FIELD(pooled_w), NULL, NULL},
    {"spatial_scale", RQ_ATTR_FLOAT, FIELD(spatial_scale), NULL, NULL},
    {"method", RQ_ATTR_ENUM, FIELD(method), "max", methods},
    RQ_ATTRS_END,
};

static rq_status infer(rq_infer *ctx)
{
    const roi_pooling_attrs *a = ctx->attrs;
    RQ_TRY(rq_infer_arity(ctx, 2, 2));
    RQ_TRY(rq_roi_infer(ctx, 5));
    if (a->pooled_h < 1 || a->pooled_w < 1 || !(a->spatial_scale > 0))
        return rq_node_fail(ctx->node, RQ_EFORMAT,
                            "pooled to %" PRId64 " x %" PRId64 " at scale %g", a->pooled_h,
                            a->pooled_w, a->spatial_scale);
    ctx->out[0].dtype = ctx->in[0].dtype;
    ctx->out[0].shape =
        (rq_shape){4, {ctx->in[1].shape.d[0], ctx->in[0].shape.d[1], a->pooled_h, a->pooled_w}};
    return RQ_OK;
}

/* Element range [first, last) of bin i of n, of a region from `start` to `end` inclusive. */
typedef struct range {
    int64_t first, last;
} range;

static int64_t inside(double x, int64_t limit)
{
    return !(x > 0) ? 0 : x >= (double)limit ? limit : (int64_t)x;
}

static range find_bin(float start, float end, int64_t i, int64_t n, int64_t limit)
{
    float bin = fmaxf(end - start + 1, 1) / (float)n;
    return (range){inside(floorf((float)i * bin) + start, limit),
                   inside(ceilf((float)(i + 1) * bin) + start, limit)};
}

static float maximum(const float *plane, int64_t width, range rows, range columns)
{
    if (rows.last <= rows.first || columns.last <= columns.first) return 0.0f;
    float best = -INFINITY;
    for (int64_t y = rows.first; y < rows.last; y++)
        for (int64_t x = columns.first; x < columns.last; x++)
            best = fmaxf(best, plane[y * width + x]);
    return best;
}

static void pool_max(const roi_pooling_attrs *a, const float *roi, const float *map,
                     const rq_shape *in, float *out)
{
    float corner[4], scale = (float)a->spatial_scale;
    for (int i = 0; i < 4; i++) corner[i] = roundf(roi[1 + i] * scale);
    for (int64_t c = 0; c < in->d[1]; c++, map += in->d[2] * in->d[3])
        for (int64_t y = 0; y < a->pooled_h; y++)
            for (int64_t x = 0; x < a->pooled_w; x++)
                *out++ =
                    maximum(map, in->d[3], find_bin(corner[1], corner[3], y, a->pooled_h, in->d[2]),
                            find_bin(corner[0], corner[2], x, a->pooled_w, in->d[3]));
}

/* Sample i of n between two ends, which are met exactly; of one sample, the middle. */
static float place(float start, float end, int64_t i, int64_t n, int64_t limit)
{
    float last = (float)(limit - 1);
    if (n == 1) return 0.5f * (start + end) * last;
    if (i == n - 1) return last * end;
    return (float)i * ((end - start) * last / (float)(n - 1)) + start * last;
}

static void pool_bilinear(const roi_pooling_attrs *a, const float *roi, const float *map,
                          const rq_shape *in, float *out)
{
    size_t area = (size_t)(in->d[2] * in->d[3]), bins = (size_t)(a->pooled_h * a->pooled_w);
    for (int64_t row = 0; row < a->pooled_h; row++)
        for (int64_t column = 0; column < a->pooled_w; column++, out++) {
            float y = place(roi[2], roi[4], row, a->pooled_h, in->d[2]);
            float x = place(roi[1], roi[3], column, a->pooled_w, in->d[3]);
            bool known =
                y >= 0 && y <= (float)(in->d[2] - 1) && x >= 0 && x <= (float)(in->d[3] - 1);
            rq_bilinear point = {{0}, {0}};
            if (known) point = rq_bilinear_at(x, y, in->d[2], in->d[3]);
            for (int64_t c = 0; c < in->d[1]; c++)
                out[(size_t)c * bins] =
                    known ? rq_bilinear_value(&point, map + (size_t)c * area) : 0.0f;
        }
}

static rq_status run(rq_call *call)
{
    const roi_pooling_attrs *a = call->attrs;
    const rq_shape *in = &call->in[0].shape;
    size_t image_size = rq_shape_span(in, 1, 4);
    size_t region_size = rq_shape_span(&call->out[0].shape, 1, 4);
    float *out = call->out[0].data;
    memset(out, 0, rq_tensor_bytes(&call->out[0]));
    for (int64_t n = 0; n < call->in[1].shape.d[0]; n++, out += region_size) {
        const float *roi = (const float *)call->in[1].data + n * 5;
        int64_t image;
        if (roi[0] == -1.0f) break;
        RQ_TRY(rq_roi_image(call->node, &image, roi[0], in->d[0]));
        const float *map = (const float *)call->in[0].data + (size_t)image * image_size;
        (a->method == BILINEAR ? pool_bilinear : pool_max)(a, roi, map, in, out);
    }
    return RQ_OK;
}

const rq_op rq_op_ROIPooling = {
    .type = "ROIPooling",
    .opsets = RQ_OPSET(1) | RQ_OPSET(2),
    .role = RQ_ROLE_FLOAT,
    .attrs_size = sizeof(roi_pooling_attrs),
    .attrs = attrs_table,
    .infer = infer,
    .run = run,
};
