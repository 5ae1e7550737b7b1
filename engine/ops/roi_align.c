/* Operation Specifications: ROIAlign-3, ROIAlign-9. Every region is cut into bins; a bin's value
 * is the mean or maximum of bilinear samples at even distances. */
#include "engine/ops/roi.h"

#include <inttypes.h>
#include <math.h>

typedef struct roi_align_attrs {
    int64_t pooled_h, pooled_w, sampling_ratio;
    double spatial_scale;
    int mode, aligned;
} roi_align_attrs;

static const char *const modes[] = {"avg", "max", NULL};
static const char *const alignments[] = {"asymmetric", "half_pixel_for_nn", "half_pixel", NULL};
enum { MAX = 1 };
enum { ASYMMETRIC, HALF_PIXEL_FOR_NN, HALF_PIXEL };

#define FIELD(name) offsetof(roi_align_attrs, name)

static const rq_attr_spec attrs_table[] = {
    {"pooled_h", RQ_ATTR_INT, FIELD(pooled_h), NULL, NULL},
    {"pooled_w", RQ_ATTR_INT, FIELD(pooled_w), NULL, NULL},
    {"sampling_ratio", RQ_ATTR_INT, FIELD(sampling_ratio), NULL, NULL},
    {"spatial_scale", RQ_ATTR_FLOAT, FIELD(spatial_scale), NULL, NULL},
    {"mode", RQ_ATTR_ENUM, FIELD(mode), NULL, modes},
    {"aligned_mode", RQ_ATTR_ENUM, FIELD(aligned), "asymmetric", alignments},
    RQ_ATTRS_END,
};

static rq_status infer(rq_infer *ctx)
{
    const roi_align_attrs *a = ctx->attrs;
    RQ_TRY(rq_infer_arity(ctx, 3, 3));
    RQ_TRY(rq_roi_infer(ctx, 4));
    RQ_TRY(rq_infer_rank(ctx, 2, 1, 1));
    if (ctx->in[2].shape.d[0] != ctx->in[1].shape.d[0])
        return rq_node_fail(ctx->node, RQ_EFORMAT,
                            "%" PRId64 " batch indices for %" PRId64 " regions",
                            ctx->in[2].shape.d[0], ctx->in[1].shape.d[0]);
    if (a->pooled_h < 1 || a->pooled_w < 1 || a->sampling_ratio < 0 || a->sampling_ratio > 4096 ||
        !(a->spatial_scale > 0))
        return rq_node_fail(ctx->node, RQ_EFORMAT,
                            "pooled to %" PRId64 " x %" PRId64 " with sampling_ratio %" PRId64
                            " at scale %g",
                            a->pooled_h, a->pooled_w, a->sampling_ratio, a->spatial_scale);
    ctx->out[0].dtype = ctx->in[0].dtype;
    ctx->out[0].shape =
        (rq_shape){4, {ctx->in[1].shape.d[0], ctx->in[0].shape.d[1], a->pooled_h, a->pooled_w}};
    return RQ_OK;
}

/* A region in units of the feature map: where bins start, their size and samples. */
typedef struct region {
    float x, y, bin_w, bin_h;
    int64_t samples_x, samples_y; /* in one bin */
} region;

static int64_t count_samples(float bin, int64_t fixed, int64_t limit)
{
    if (fixed) return fixed;
    float n = ceilf(bin);
    return n <= 0 ? 0 : n < (float)limit ? (int64_t)n : limit;
}

static region read_region(const roi_align_attrs *a, const float *roi, const rq_shape *in)
{
    float scale = (float)a->spatial_scale, before = a->aligned == HALF_PIXEL ? 0.5f : 0.0f;
    float after = a->aligned == ASYMMETRIC ? 0.0f : -0.5f, corner[4];
    for (int i = 0; i < 4; i++) corner[i] = (roi[i] + before) * scale + after;
    float width = corner[2] - corner[0], height = corner[3] - corner[1];
    if (a->aligned == ASYMMETRIC) {
        width = fmaxf(width, 1.0f);
        height = fmaxf(height, 1.0f);
    }
    region r = {corner[0], corner[1], width / (float)a->pooled_w, height / (float)a->pooled_h,
                0,         0};
    /* More samples than 16 per element of the map are but a hostile region. */
    r.samples_x = count_samples(r.bin_w, a->sampling_ratio, 16 * in->d[3]);
    r.samples_y = count_samples(r.bin_h, a->sampling_ratio, 16 * in->d[2]);
    return r;
}

/* Samples up to one element outside count as on the border, beyond that as 0. */
static float sample(const float *plane, const rq_shape *in, float x, float y)
{
    float height = (float)in->d[2], width = (float)in->d[3];
    if (!(x >= -1 && x <= width && y >= -1 && y <= height)) return 0.0f;
    x = fminf(fmaxf(x, 0.0f), width - 1);
    y = fminf(fmaxf(y, 0.0f), height - 1);
    rq_bilinear point = rq_bilinear_at(x, y, in->d[2], in->d[3]);
    return rq_bilinear_value(&point, plane);
}

static float pool(const roi_align_attrs *a, const region *r, const float *plane, const rq_shape *in,
                  int64_t row, int64_t column)
{
    float step_x = r->bin_w / (float)r->samples_x, step_y = r->bin_h / (float)r->samples_y;
    float best = 0.0f;
    double sum = 0;
    for (int64_t j = 0; j < r->samples_y; j++)
        for (int64_t i = 0; i < r->samples_x; i++) {
            float y = r->y + (float)row * r->bin_h + step_y * ((float)j + 0.5f);
            float x = r->x + (float)column * r->bin_w + step_x * ((float)i + 0.5f);
            float value = sample(plane, in, x, y);
            best = fmaxf(best, value);
            sum += value;
        }
    if (a->mode == MAX) return best;
    int64_t samples = r->samples_x * r->samples_y;
    return samples ? (float)(sum / (double)samples) : 0.0f;
}

static rq_status run(rq_call *call)
{
    const roi_align_attrs *a = call->attrs;
    const rq_tensor *in = call->in;
    const rq_shape *shape = &in[0].shape;
    size_t area = (size_t)(shape->d[2] * shape->d[3]);
    float *out = call->out[0].data;
    for (int64_t n = 0; n < in[1].shape.d[0]; n++) {
        int64_t image;
        region r = read_region(a, (const float *)in[1].data + n * 4, shape);
        RQ_TRY(rq_roi_image(call->node, &image, rq_load_f64(in[2].data, in[2].dtype, (size_t)n),
                            shape->d[0]));
        const float *plane = (const float *)in[0].data + (size_t)(image * shape->d[1]) * area;
        for (int64_t c = 0; c < shape->d[1]; c++, plane += area)
            for (int64_t y = 0; y < a->pooled_h; y++)
                for (int64_t x = 0; x < a->pooled_w; x++) *out++ = pool(a, &r, plane, shape, y, x);
    }
    return RQ_OK;
}

const rq_op rq_op_ROIAlign = {
    .type = "ROIAlign",
    .opsets = RQ_OPSET(3) | RQ_OPSET(9),
    .role = RQ_ROLE_FLOAT,
    .attrs_size = sizeof(roi_align_attrs),
    .attrs = attrs_table,
    .infer = infer,
    .run = run,
};
