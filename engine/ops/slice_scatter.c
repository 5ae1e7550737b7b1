/* Operation Specifications: SliceScatter-15. */
#include "engine/ops/common/strided_copy.h"
#include "engine/ops/common/slice_plan.h"

#include <string.h>

/* The updates must have the shape of the part, but one-element dimensions may differ in number. */
static rq_status check_updates(const rq_infer *ctx, const rq_slice *slice)
{
    rq_shape part = rq_shape_make(slice->rank, slice->count);
    char got[RQ_SHAPE_TEXT], want[RQ_SHAPE_TEXT];
    if (ctx->in[1].dtype == ctx->in[0].dtype && rq_shape_equal(&part, &ctx->in[1].shape))
        return RQ_OK;
    return rq_node_fail(ctx->node, RQ_EFORMAT, "updates are %s %s, expected %s %s",
                        rq_dtype_name(ctx->in[1].dtype), rq_shape_text(&ctx->in[1].shape, got),
                        rq_dtype_name(ctx->in[0].dtype), rq_shape_text(&part, want));
}

static rq_status infer(rq_infer *ctx)
{
    RQ_TRY(rq_infer_arity(ctx, 5, 6));
    RQ_TRY(rq_infer_rank(ctx, 0, 1, RQ_MAX_RANK));
    RQ_TRY(rq_infer_whole_bytes(ctx, 0));
    ctx->out[0].dtype = ctx->in[0].dtype;
    ctx->out[0].shape = ctx->in[0].shape;
    for (uint32_t i = 2; i < ctx->n_in; i++)
        if (!rq_infer_known(ctx, i)) return rq_infer_defer(ctx);
    rq_slice slice;
    RQ_TRY(rq_slice_from_inputs(&slice, ctx->node, ctx->in, ctx->n_in, 2));
    return check_updates(ctx, &slice);
}

static rq_status run(rq_call *call)
{
    const rq_tensor *in = call->in;
    size_t element = rq_element_bytes(in[0].dtype);
    rq_slice slice;
    RQ_TRY(rq_slice_from_inputs(&slice, call->node, in, call->n_in, 2));
    if (rq_tensor_count(&in[0]) == 0) return RQ_OK;
    memcpy(call->out[0].data, in[0].data, rq_tensor_bytes(&in[0]));
    rq_slice_write(call->out[0].data, &in[0].shape, &slice, in[1].data, element);
    return RQ_OK;
}

const rq_op rq_op_SliceScatter = {
    .type = "SliceScatter",
    .opsets = RQ_OPSET(15),
    .role = RQ_ROLE_PASS,
    .flags = RQ_OP_ANY_DTYPE,
    .infer = infer,
    .run = run,
};
