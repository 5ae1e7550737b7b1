#include "engine/ops/common/depth_space.h"

#include "engine/ops/common/strided_copy.h"

#include <inttypes.h>

static const char *const modes[] = {"blocks_first", "depth_first", NULL};

const rq_attr_spec rq_depth_space_attrs[] = {
    {"mode", RQ_ATTR_ENUM, offsetof(rq_depth_space, mode), NULL, modes},
    {"block_size", RQ_ATTR_INT, offsetof(rq_depth_space, block_size), "1", NULL},
    RQ_ATTRS_END,
};

/* block_size to the power of the number of spatial dimensions. */
static rq_status count_blocks(const rq_infer *ctx, int64_t *blocks)
{
    const rq_depth_space *a = ctx->attrs;
    RQ_TRY(rq_infer_arity(ctx, 1, 1));
    RQ_TRY(rq_infer_rank(ctx, 0, 3, RQ_MAX_RANK));
    RQ_TRY(rq_infer_whole_bytes(ctx, 0));
    if (a->block_size < 1)
        return rq_node_fail(ctx->node, RQ_EFORMAT, "block_size %" PRId64 ", expected 1 or more",
                            a->block_size);
    *blocks = 1;
    for (int i = 2; i < ctx->in[0].shape.rank; i++)
        if (!rq_mul_i64(blocks, *blocks, a->block_size))
            return rq_node_fail(ctx->node, RQ_EFORMAT, "block_size %" PRId64 " is too large",
                                a->block_size);
    return RQ_OK;
}

/* Dimension i, times the factor or divided by it. */
static rq_status resize(const rq_infer *ctx, rq_shape *shape, int i, int64_t factor, bool grow)
{
    if (grow && !rq_mul_i64(&shape->d[i], shape->d[i], factor))
        return rq_node_fail(ctx->node, RQ_EFORMAT, "output dimension %d overflows", i);
    if (grow) return RQ_OK;
    if (shape->d[i] % factor)
        return rq_node_fail(ctx->node, RQ_EFORMAT,
                            "dimension %d is %" PRId64 ", expected a multiple of %" PRId64, i,
                            shape->d[i], factor);
    shape->d[i] /= factor;
    return RQ_OK;
}

rq_status rq_depth_space_infer(rq_infer *ctx)
{
    const rq_depth_space *a = ctx->attrs;
    bool to_space = *(const bool *)ctx->op->kind;
    int64_t blocks;
    RQ_TRY(count_blocks(ctx, &blocks));
    rq_shape shape = ctx->in[0].shape;
    RQ_TRY(resize(ctx, &shape, 1, blocks, !to_space));
    for (int i = 2; i < shape.rank; i++) RQ_TRY(resize(ctx, &shape, i, a->block_size, to_space));
    ctx->out[0].dtype = ctx->in[0].dtype;
    ctx->out[0].shape = shape;
    return RQ_OK;
}

/* The loops in the order of the wide shape: N, C, then D1, b1, D2, b2 ... */
rq_status rq_depth_space_run(rq_call *call)
{
    const rq_depth_space *a = call->attrs;
    bool to_space = *(const bool *)call->op->kind;
    const rq_shape *deep = to_space ? &call->in[0].shape : &call->out[0].shape;
    const rq_shape *wide = to_space ? &call->out[0].shape : &call->in[0].shape;
    int64_t deep_stride[RQ_MAX_RANK], wide_stride[RQ_MAX_RANK], b = a->block_size;
    rq_shape_strides(deep, deep_stride);
    rq_shape_strides(wide, wide_stride);
    int k = deep->rank - 2;
    int64_t dims[RQ_STRIDED_COPY_RANK], from[RQ_STRIDED_COPY_RANK], to[RQ_STRIDED_COPY_RANK];
    int64_t channels = wide->d[1], blocks = channels ? deep->d[1] / channels : 1;
    bool depth_first = a->mode == 1;
    dims[0] = deep->d[0], from[0] = deep_stride[0], to[0] = wide_stride[0];
    dims[1] = channels, from[1] = deep_stride[1] * (depth_first ? blocks : 1),
    to[1] = wide_stride[1];
    int64_t block_stride = deep_stride[1] * (depth_first ? 1 : channels);
    for (int i = k - 1; i >= 0; i--) {
        dims[2 + 2 * i] = deep->d[2 + i];
        from[2 + 2 * i] = deep_stride[2 + i];
        to[2 + 2 * i] = wide_stride[2 + i] * b;
        dims[3 + 2 * i] = b;
        from[3 + 2 * i] = block_stride;
        to[3 + 2 * i] = wide_stride[2 + i];
        block_stride *= b;
    }
    rq_strided_copy copy = {0};
    for (int i = 0; i < 2 + 2 * k; i++)
        rq_strided_copy_add(&copy, dims[i], to_space ? to[i] : from[i], to_space ? from[i] : to[i]);
    rq_strided_copy_run(&copy, call->out[0].data, call->in[0].data,
                        rq_element_bytes(call->in[0].dtype));
    return RQ_OK;
}
