#include "engine/ops/common/roi.h"

#include "engine/ops/common/box.h"

#include <inttypes.h>

rq_bilinear rq_bilinear_at(float x, float y, int64_t height, int64_t width)
{
    int64_t left = (int64_t)x, top = (int64_t)y;
    int64_t right = left + 1 < width ? left + 1 : width - 1;
    int64_t bottom = top + 1 < height ? top + 1 : height - 1;
    float dx = x - (float)left, dy = y - (float)top;
    return (rq_bilinear){
        {(size_t)(top * width + left), (size_t)(top * width + right),
         (size_t)(bottom * width + left), (size_t)(bottom * width + right)},
        {(1 - dy) * (1 - dx), (1 - dy) * dx, dy * (1 - dx), dy * dx},
    };
}

rq_status rq_roi_infer(const rq_infer *ctx, int64_t numbers)
{
    RQ_TRY(rq_infer_floats(ctx, 2));
    RQ_TRY(rq_infer_rank(ctx, 0, 4, 4));
    RQ_TRY(rq_infer_rank(ctx, 1, 2, 2));
    const rq_shape *data = &ctx->in[0].shape;
    if (ctx->in[1].shape.d[1] != numbers)
        return rq_node_fail(ctx->node, RQ_EFORMAT,
                            "regions of %" PRId64 " numbers, expected %" PRId64,
                            ctx->in[1].shape.d[1], numbers);
    if (data->d[2] < 1 || data->d[3] < 1)
        return rq_node_fail(ctx->node, RQ_EFORMAT, "feature maps of %" PRId64 " x %" PRId64,
                            data->d[2], data->d[3]);
    return RQ_OK;
}

rq_status rq_roi_image(const rq_node *node, int64_t *out, double number, int64_t images)
{
    if (!(number >= 0 && number < (double)images))
        return rq_node_fail(node, RQ_EARG, "a region of image %g, expected 0 to %" PRId64, number,
                            images - 1);
    *out = (int64_t)number;
    return RQ_OK;
}
