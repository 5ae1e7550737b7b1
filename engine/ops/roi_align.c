/* Operation Specifications: ROIAlign-3, ROIAlign-9. Every region is cut into bins; a bin's value
 * is the mean or maximum of bilinear samples at even distances. */
#include "engine/ops/common/roi_sample.h"

#include <inttypes.h>

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

static rq_roi_grid read_region(const roi_align_attrs *a, const float *roi, const rq_shape *map)
{
    float scale = (float)a->spatial_scale, before = a->aligned == HALF_PIXEL ? 0.5f : 0.0f;
    float after = a->aligned == ASYMMETRIC ? 0.0f : -0.5f, corner[4];
    for (int i = 0; i < 4; i++) corner[i] = (roi[i] + before) * scale + after;
    return rq_roi_grid_make(corner, a->pooled_h, a->pooled_w, a->sampling_ratio,
                            a->aligned == ASYMMETRIC, map);
}

static rq_status run(rq_call *call)
{
    const roi_align_attrs *a = call->attrs;
    const rq_tensor *in = call->in;
    const rq_shape *map = &in[0].shape;
    size_t image_size = rq_shape_span(map, 1, 4);
    size_t region_size = rq_shape_span(&call->out[0].shape, 1, 4);
    float *out = call->out[0].data;
    for (int64_t n = 0; n < in[1].shape.d[0]; n++, out += region_size) {
        int64_t image;
        rq_roi_grid grid = read_region(a, (const float *)in[1].data + n * 4, map);
        RQ_TRY(rq_roi_image(call->node, &image, rq_load_f64(in[2].data, in[2].dtype, (size_t)n),
                            map->d[0]));
        rq_roi_sample(&grid, (const float *)in[0].data + (size_t)image * image_size, map,
                      a->mode == MAX, out);
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
