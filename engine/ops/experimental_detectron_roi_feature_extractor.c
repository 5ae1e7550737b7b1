/* Operation Specifications: ExperimentalDetectronROIFeatureExtractor-6: regions aligned and
 * averaged on that level of a feature pyramid which fits their size. Empty regions give zeros. */
#include "engine/ops/common/roi_sample.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

typedef struct extractor_attrs {
    int64_t output_size, sampling_ratio;
    rq_ints pyramid_scales;
    bool aligned;
} extractor_attrs;

#define FIELD(name) offsetof(extractor_attrs, name)

static const rq_attr_spec attrs_table[] = {
    {"output_size", RQ_ATTR_INT, FIELD(output_size), NULL, NULL},
    {"sampling_ratio", RQ_ATTR_INT, FIELD(sampling_ratio), NULL, NULL},
    {"pyramid_scales", RQ_ATTR_INTS, FIELD(pyramid_scales), NULL, NULL},
    {"aligned", RQ_ATTR_BOOL, FIELD(aligned), "false", NULL},
    RQ_ATTRS_END,
};

static rq_status check_levels(const rq_infer *ctx)
{
    const extractor_attrs *a = ctx->attrs;
    for (uint32_t i = 1; i < ctx->n_in; i++) {
        const rq_shape *map = &ctx->in[i].shape;
        RQ_TRY(rq_infer_rank(ctx, i, 4, 4));
        if (map->d[0] != 1 || map->d[1] != ctx->in[1].shape.d[1] || map->d[2] < 1 ||
            map->d[3] < 1) {
            char text[RQ_SHAPE_TEXT];
            return rq_node_fail(ctx->node, RQ_EFORMAT,
                                "level %u has shape %s, expected [1,%" PRId64 ",H,W]", i - 1,
                                rq_shape_text(map, text), ctx->in[1].shape.d[1]);
        }
    }
    for (size_t i = 0; i < a->pyramid_scales.n; i++)
        if (a->pyramid_scales.v[i] < 1)
            return rq_node_fail(ctx->node, RQ_EFORMAT, "a level's scale is %" PRId64,
                                a->pyramid_scales.v[i]);
    return RQ_OK;
}

static rq_status infer(rq_infer *ctx)
{
    const extractor_attrs *a = ctx->attrs;
    RQ_TRY(rq_infer_arity(ctx, 2, UINT32_MAX));
    RQ_TRY(rq_infer_floats(ctx, ctx->n_in));
    RQ_TRY(rq_infer_rank(ctx, 0, 2, 2));
    RQ_TRY(check_levels(ctx));
    if (ctx->in[0].shape.d[1] != 4 || a->pyramid_scales.n != ctx->n_in - 1 || ctx->n_out > 2 ||
        a->output_size < 1 || a->output_size > 65536 || a->sampling_ratio < 0 ||
        a->sampling_ratio > 4096)
        return rq_node_fail(ctx->node, RQ_EFORMAT,
                            "%zu scales for %u levels, output_size %" PRId64
                            ", sampling_ratio %" PRId64,
                            a->pyramid_scales.n, ctx->n_in - 1, a->output_size, a->sampling_ratio);
    for (uint32_t i = 0; i < ctx->n_out; i++) ctx->out[i].dtype = ctx->in[0].dtype;
    ctx->out[0].shape = (rq_shape){
        4, {ctx->in[0].shape.d[0], ctx->in[1].shape.d[1], a->output_size, a->output_size}};
    if (ctx->n_out > 1) ctx->out[1].shape = ctx->in[0].shape;
    return RQ_OK;
}

/* Level 2 is for regions of 224 pixels, each further one for twice as many; -1 for empty ones. */
static int64_t find_level(const float *roi, int64_t levels)
{
    float area = (roi[2] - roi[0]) * (roi[3] - roi[1]);
    if (!(area > 0)) return -1;
    float level = floorf(log2f(sqrtf(area) / 224.0f + 1e-6f) + 2);
    return level <= 0 ? 0 : level >= (float)(levels - 1) ? levels - 1 : (int64_t)level;
}

static rq_status run(rq_call *call)
{
    const extractor_attrs *a = call->attrs;
    size_t region_size = rq_shape_span(&call->out[0].shape, 1, 4);
    float *out = call->out[0].data;
    memset(out, 0, rq_tensor_bytes(&call->out[0]));
    for (int64_t n = 0; n < call->in[0].shape.d[0]; n++, out += region_size) {
        const float *roi = (const float *)call->in[0].data + n * 4;
        int64_t level = find_level(roi, (int64_t)a->pyramid_scales.n);
        if (level < 0) continue;
        float corner[4], scale = 1.0f / (float)a->pyramid_scales.v[level];
        for (int i = 0; i < 4; i++) corner[i] = roi[i] * scale - (a->aligned ? 0.5f : 0.0f);
        const rq_tensor *map = &call->in[1 + level];
        rq_roi_grid grid = rq_roi_grid_make(corner, a->output_size, a->output_size,
                                            a->sampling_ratio, true, &map->shape);
        rq_roi_sample(&grid, map->data, &map->shape, false, out);
    }
    if (call->n_out > 1 && rq_tensor_count(&call->in[0]))
        memcpy(call->out[1].data, call->in[0].data, rq_tensor_bytes(&call->in[0]));
    return RQ_OK;
}

const rq_op rq_op_ExperimentalDetectronROIFeatureExtractor = {
    .type = "ExperimentalDetectronROIFeatureExtractor",
    .opsets = RQ_OPSET(6),
    .role = RQ_ROLE_FLOAT,
    .attrs_size = sizeof(extractor_attrs),
    .attrs = attrs_table,
    .infer = infer,
    .run = run,
};
