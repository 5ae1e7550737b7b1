/* Operation Specifications: DepthToSpace-1. */
#include "engine/ops/common/depth_space.h"

#include <inttypes.h>

static rq_status infer(rq_infer *ctx)
{
    const rq_depth_space *a = ctx->attrs;
    int64_t blocks;
    RQ_TRY(rq_depth_space_blocks(ctx, &blocks));
    rq_shape shape = ctx->in[0].shape;
    if (shape.d[1] % blocks)
        return rq_node_fail(ctx->node, RQ_EFORMAT,
                            "%" PRId64 " channels, expected a multiple of %" PRId64, shape.d[1],
                            blocks);
    shape.d[1] /= blocks;
    for (int i = 2; i < shape.rank; i++)
        if (!rq_mul_i64(&shape.d[i], shape.d[i], a->block_size))
            return rq_node_fail(ctx->node, RQ_EFORMAT, "output dimension %d overflows", i);
    ctx->out[0].dtype = ctx->in[0].dtype;
    ctx->out[0].shape = shape;
    return RQ_OK;
}

static rq_status run(rq_call *call)
{
    rq_depth_space_copy(call, true);
    return RQ_OK;
}

const rq_op rq_op_DepthToSpace = {
    .type = "DepthToSpace",
    .opsets = RQ_OPSET(1),
    .role = RQ_ROLE_PASS,
    .flags = RQ_OP_ANY_DTYPE,
    .attrs_size = sizeof(rq_depth_space),
    .attrs = rq_depth_space_attrs,
    .infer = infer,
    .run = run,
};
