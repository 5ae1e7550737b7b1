#include "engine/ops/common/prior_grid.h"

#include <inttypes.h>

static rq_status read_pair(const rq_node *node, const rq_tensor *t, int64_t *height, int64_t *width)
{
    int64_t pair[2];
    size_t n;
    RQ_TRY(rq_tensor_ints(node, t, pair, 2, &n));
    if (n != 2 || pair[0] < 1 || pair[1] < 1 || pair[0] > INT32_MAX || pair[1] > INT32_MAX)
        return rq_node_fail(node, RQ_EFORMAT, "expected a height and a width of 1 or more");
    *height = pair[0];
    *width = pair[1];
    return RQ_OK;
}

rq_status rq_prior_grid_read(rq_prior_grid *grid, const rq_node *node, const rq_tensor *in)
{
    RQ_TRY(read_pair(node, &in[0], &grid->height, &grid->width));
    return read_pair(node, &in[1], &grid->image_height, &grid->image_width);
}

rq_status rq_prior_grid_infer(rq_infer *ctx, int64_t priors)
{
    rq_prior_grid grid;
    int64_t columns;
    RQ_TRY(rq_infer_arity(ctx, 2, 2));
    ctx->out[0].dtype = RQ_DT_F32;
    if (!rq_infer_known(ctx, 0) || !rq_infer_known(ctx, 1)) return rq_infer_defer(ctx);
    RQ_TRY(rq_prior_grid_read(&grid, ctx->node, ctx->in));
    if (!rq_mul_i64(&columns, grid.height * grid.width, 4 * priors))
        return rq_node_fail(ctx->node, RQ_EFORMAT, "%" PRId64 " priors per cell are too many",
                            priors);
    ctx->out[0].shape = (rq_shape){2, {2, columns}};
    return RQ_OK;
}

rq_status rq_prior_variance_check(const rq_node *node, const rq_floats *variance)
{
    if (variance->n <= 1 || variance->n == 4) return RQ_OK;
    return rq_node_fail(node, RQ_EFORMAT, "%zu variances, expected 0, 1 or 4", variance->n);
}

void rq_prior_variance_fill(rq_tensor *out, const rq_floats *variance)
{
    size_t columns = (size_t)out->shape.d[1];
    float *row = (float *)out->data + columns;
    for (size_t i = 0; i < columns; i++)
        row[i] = variance->n ? (float)variance->v[i % variance->n] : 0.1f;
}
