/* Operation Specifications: SpaceToDepth-1. */
#include "engine/ops/common/depth_space.h"

#include <inttypes.h>

static rq_status infer(rq_infer *ctx)
{
    const rq_depth_space *a = ctx->attrs;
    int64_t blocks;
    RQ_TRY(rq_depth_space_blocks(ctx, &blocks));
    rq_shape shape = ctx->in[0].shape;
    if (!rq_mul_i64(&shape.d[1], shape.d[1], blocks))
        return rq_node_fail(ctx->node, RQ_EFORMAT, "output dimension 1 overflows");
    for (int i = 2; i < shape.rank; i++) {
        if (shape.d[i] % a->block_size)
            return rq_node_fail(ctx->node, RQ_EFORMAT,
                                "dimension %d is %" PRId64 ", expected a multiple of %" PRId64, i,
                                shape.d[i], a->block_size);
        shape.d[i] /= a->block_size;
    }
    ctx->out[0].dtype = ctx->in[0].dtype;
    ctx->out[0].shape = shape;
    return RQ_OK;
}

static rq_status run(rq_call *call)
{
    rq_depth_space_copy(call, false);
    return RQ_OK;
}

const rq_op rq_op_SpaceToDepth = {
    .type = "SpaceToDepth",
    .opsets = RQ_OPSET(1),
    .role = RQ_ROLE_PASS,
    .flags = RQ_OP_ANY_DTYPE,
    .attrs_size = sizeof(rq_depth_space),
    .attrs = rq_depth_space_attrs,
    .infer = infer,
    .run = run,
};
