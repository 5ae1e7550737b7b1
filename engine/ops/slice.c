/* Operation Specifications: Slice-8. */
#include "engine/ops/common/strided_copy.h"
#include "engine/ops/common/slice_plan.h"

static rq_status infer(rq_infer *ctx)
{
    RQ_TRY(rq_infer_arity(ctx, 4, 5));
    RQ_TRY(rq_infer_rank(ctx, 0, 1, RQ_MAX_RANK));
    RQ_TRY(rq_infer_whole_bytes(ctx, 0));
    ctx->out[0].dtype = ctx->in[0].dtype;
    for (uint32_t i = 1; i < ctx->n_in; i++)
        if (!rq_infer_known(ctx, i)) return rq_infer_defer(ctx);
    rq_slice slice;
    RQ_TRY(rq_slice_from_inputs(&slice, ctx->node, ctx->in, ctx->n_in, 1));
    ctx->out[0].shape = rq_shape_make(slice.rank, slice.count);
    return RQ_OK;
}

static rq_status run(rq_call *call)
{
    const rq_tensor *in = call->in;
    rq_slice slice;
    RQ_TRY(rq_slice_from_inputs(&slice, call->node, in, call->n_in, 1));
    rq_slice_read(call->out[0].data, in[0].data, &in[0].shape, &slice,
                  rq_element_bytes(in[0].dtype));
    return RQ_OK;
}

const rq_op rq_op_Slice = {
    .type = "Slice",
    .opsets = RQ_OPSET(8),
    .role = RQ_ROLE_PASS,
    .flags = RQ_OP_ANY_DTYPE | RQ_OP_MOVES,
    .infer = infer,
    .run = run,
};
