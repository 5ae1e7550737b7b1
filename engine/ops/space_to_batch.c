/* Operation Specifications: SpaceToBatch-2. Pads are zeros. */
#include "engine/ops/common/batch_space.h"
#include "engine/ops/common/strided_copy.h"

#include <inttypes.h>
#include <string.h>

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
    bool fits = rq_mul_i64(&shape.d[0], shape.d[0], p.blocks);
    for (int i = 1; fits && i < shape.rank; i++) {
        fits = rq_add_i64(&shape.d[i], shape.d[i], p.before[i]) &&
               rq_add_i64(&shape.d[i], shape.d[i], p.after[i]) && shape.d[i] % p.block[i] == 0;
        shape.d[i] /= p.block[i];
    }
    if (!fits)
        return rq_node_fail(ctx->node, RQ_EFORMAT,
                            "padded dimensions are not multiples of the block sizes");
    ctx->out[0].shape = shape;
    return RQ_OK;
}

static rq_status run(rq_call *call)
{
    rq_batch_space p;
    RQ_TRY(rq_batch_space_read(&p, call->node, call->in));
    memset(call->out[0].data, 0, rq_tensor_bytes(&call->out[0]));
    rq_batch_space_copy(call, &p, false);
    return RQ_OK;
}

const rq_op rq_op_SpaceToBatch = {
    .type = "SpaceToBatch",
    .opsets = RQ_OPSET(2),
    .role = RQ_ROLE_PASS,
    .flags = RQ_OP_ANY_DTYPE,
    .infer = infer,
    .run = run,
};
