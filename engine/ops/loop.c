/* Operation Specifications: Loop-5: a nested graph run up to a number of times (input 0; below 0:
 * no limit), while a condition holds (input 1, then what the body says). */
#include "engine/ops/common/control_flow_loop.h"

enum { TRIPS, CONDITION };

static rq_status read_limit(const rq_node *node, const rq_tensor *in, int64_t *trips)
{
    RQ_TRY(rq_tensor_int(node, &in[TRIPS], trips));
    if (rq_tensor_count(&in[CONDITION]) != 1)
        return rq_node_fail(node, RQ_EFORMAT, "the condition must have one element");
    if (*trips < 0) *trips = -1;
    if (rq_load_f64(in[CONDITION].data, in[CONDITION].dtype, 0) == 0) *trips = 0;
    return RQ_OK;
}

static rq_status infer(rq_infer *ctx)
{
    int64_t trips = -1;
    RQ_TRY(rq_infer_arity(ctx, 2, UINT32_MAX));
    bool known = ctx->in[TRIPS].data && ctx->in[CONDITION].data;
    if (known) RQ_TRY(read_limit(ctx->node, ctx->in, &trips));
    return rq_control_flow_loop_infer(ctx, trips, known);
}

static rq_status run(rq_call *call)
{
    int64_t trips;
    RQ_TRY(read_limit(call->node, call->in, &trips));
    return rq_control_flow_loop_run(call, trips);
}

const rq_op rq_op_Loop = {
    .type = "Loop",
    .opsets = RQ_OPSET(5),
    .role = RQ_ROLE_FLOAT,
    .flags = RQ_OP_ANY_DTYPE | RQ_OP_NO_FOLD,
    .infer = infer,
    .run = run,
};
