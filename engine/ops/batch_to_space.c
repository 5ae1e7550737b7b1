/* Operation Specifications: BatchToSpace-2. */
#include "engine/ops/common/batch_space.h"
#include "engine/ops/common/strided_copy.h"

#include <inttypes.h>

static rq_status infer(rq_infer *ctx)
{
    RQ_TRY(rq_infer_arity(ctx, 4, 4));
    RQ_TRY(rq_infer_rank(ctx, 0, 2, RQ_MAX_RANK));
    RQ_TRY(rq_infer_whole_bytes(ctx, 0));
    ctx->out[0].dtype = ctx->in[0].dtype;
    if (!rq_batch_space_known(ctx)) return rq_infer_defer(ctx);
    rq_batch_space p;
    rq_shape shape = ctx->in[0].shape;
    RQ_TRY(rq_batch_space_read(&p, ctx->node, ctx->in));
    if (shape.d[0] % p.blocks)
        return rq_node_fail(ctx->node, RQ_EFORMAT,
                            "batch %" PRId64 ", expected a multiple of %" PRId64, shape.d[0],
                            p.blocks);
    shape.d[0] /= p.blocks;
    for (int i = 1; i < shape.rank; i++) {
        int64_t crop;
        if (!rq_mul_i64(&shape.d[i], shape.d[i], p.block[i]) ||
            !rq_add_i64(&crop, p.before[i], p.after[i]) || crop > shape.d[i])
            return rq_node_fail(ctx->node, RQ_EFORMAT,
                                "crops %" PRId64 " and %" PRId64 " are more than dimension %d has",
                                p.before[i], p.after[i], i);
        shape.d[i] -= crop;
    }
    ctx->out[0].shape = shape;
    return RQ_OK;
}

static rq_status run(rq_call *call)
{
    rq_batch_space p;
    RQ_TRY(rq_batch_space_read(&p, call->node, call->in));
    rq_batch_space_copy(call, &p, true);
    return RQ_OK;
}

const rq_op rq_op_BatchToSpace = {
    .type = "BatchToSpace",
    .opsets = RQ_OPSET(2),
    .role = RQ_ROLE_PASS,
    .flags = RQ_OP_ANY_DTYPE,
    .infer = infer,
    .run = run,
};
