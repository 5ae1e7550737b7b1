/* Operation Specifications: ExperimentalDetectronPriorGridGenerator-6: given boxes around the
 * middle of every cell. Inputs: boxes [K,4], a feature map and the image, of which but the sizes
 * count. */
#include "engine/ops/op.h"

#include <inttypes.h>

typedef struct grid_attrs {
    bool flatten;
    int64_t h, w;
    double stride_x, stride_y;
} grid_attrs;

#define FIELD(name) offsetof(grid_attrs, name)

static const rq_attr_spec attrs_table[] = {
    {"flatten", RQ_ATTR_BOOL, FIELD(flatten), "true", NULL},
    {"h", RQ_ATTR_INT, FIELD(h), "0", NULL},
    {"w", RQ_ATTR_INT, FIELD(w), "0", NULL},
    {"stride_x", RQ_ATTR_FLOAT, FIELD(stride_x), "0", NULL},
    {"stride_y", RQ_ATTR_FLOAT, FIELD(stride_y), "0", NULL},
    RQ_ATTRS_END,
};

static rq_status infer(rq_infer *ctx)
{
    const grid_attrs *a = ctx->attrs;
    RQ_TRY(rq_infer_arity(ctx, 3, 3));
    RQ_TRY(rq_infer_floats(ctx, 1));
    RQ_TRY(rq_infer_rank(ctx, 0, 2, 2));
    RQ_TRY(rq_infer_rank(ctx, 1, 4, 4));
    RQ_TRY(rq_infer_rank(ctx, 2, 4, 4));
    int64_t h = ctx->in[1].shape.d[2], w = ctx->in[1].shape.d[3];
    int64_t kinds = ctx->in[0].shape.d[0];
    if (ctx->in[0].shape.d[1] != 4 || h < 1 || w < 1 || h > INT32_MAX || w > INT32_MAX)
        return rq_node_fail(ctx->node, RQ_EFORMAT,
                            "boxes of %" PRId64 " numbers on a grid of %" PRId64 " x %" PRId64,
                            ctx->in[0].shape.d[1], h, w);
    if ((a->h && a->h != h) || (a->w && a->w != w)) /* OpenVINO leaves rows of its output unset */
        return rq_node_fail(ctx->node, RQ_EUNSUPPORTED,
                            "a grid of %" PRId64 " x %" PRId64 " on a map of %" PRId64
                            " x %" PRId64,
                            a->h, a->w, h, w);
    ctx->out[0].dtype = ctx->in[0].dtype;
    ctx->out[0].shape = (rq_shape){4, {h, w, kinds, 4}};
    int64_t rows;
    if (!rq_mul_i64(&rows, h * w, kinds))
        return rq_node_fail(ctx->node, RQ_EFORMAT, "too many boxes");
    if (a->flatten) ctx->out[0].shape = (rq_shape){2, {rows, 4}};
    return RQ_OK;
}

static rq_status run(rq_call *call)
{
    const grid_attrs *a = call->attrs;
    int64_t h = call->in[1].shape.d[2], w = call->in[1].shape.d[3];
    const rq_shape *image = &call->in[2].shape;
    float step_y = a->stride_y != 0 ? (float)a->stride_y : (float)image->d[2] / (float)h;
    float step_x = a->stride_x != 0 ? (float)a->stride_x : (float)image->d[3] / (float)w;
    const float *boxes = call->in[0].data;
    float *out = call->out[0].data;
    for (int64_t row = 0; row < h; row++)
        for (int64_t column = 0; column < w; column++)
            for (int64_t k = 0; k < call->in[0].shape.d[0] * 4; k++) {
                float shift =
                    k % 2 ? step_y * ((float)row + 0.5f) : step_x * ((float)column + 0.5f);
                *out++ = boxes[k] + shift;
            }
    return RQ_OK;
}

const rq_op rq_op_ExperimentalDetectronPriorGridGenerator = {
    .type = "ExperimentalDetectronPriorGridGenerator",
    .opsets = RQ_OPSET(6),
    .role = RQ_ROLE_FLOAT,
    .attrs_size = sizeof(grid_attrs),
    .attrs = attrs_table,
    .infer = infer,
    .run = run,
};
