/* Operation Specifications: If-8: one of two nested graphs, by a condition. */
#include "engine/ops/common/control_flow.h"

#include <stdlib.h>
#include <string.h>

static const char *const maps[] = {"else_port_map", "then_port_map"};
static const char *const bodies[] = {"else_body", "then_body"};

static rq_status read_condition(const rq_node *node, const rq_tensor *in, size_t *branch)
{
    if (rq_tensor_count(&in[0]) != 1)
        return rq_node_fail(node, RQ_EFORMAT, "the condition must have one element");
    *branch = rq_load_f64(in[0].data, in[0].dtype, 0) != 0;
    return RQ_OK;
}

static void connect(const rq_control_flow *flow, const rq_tensor *in, rq_tensor *parameters)
{
    for (size_t i = 0; i < flow->n_inputs; i++)
        parameters[flow->inputs[i].inner] = in[flow->inputs[i].outer];
}

/* Room for the parameters, then the results. */
static rq_status open_branch(rq_control_flow *flow, rq_tensor **tensors, const rq_graph *graph,
                             const rq_node *node, const rq_tensor *in, size_t branch)
{
    RQ_TRY(rq_control_flow_open(flow, graph, node, maps[branch], bodies[branch]));
    RQ_TRY(rq_calloc(tensors, flow->n_parameters + flow->n_results, sizeof **tensors, "a branch"));
    connect(flow, in, *tensors);
    return RQ_OK;
}

/* Merges the branch's types and shapes into the outputs; a difference in shape defers. */
static rq_status infer_branch(rq_infer *ctx, size_t branch, bool first)
{
    rq_control_flow flow;
    rq_tensor *tensors = NULL;
    rq_control_flow_facts facts;
    rq_status status = RQ_OK;
    RQ_TRY_GOTO(open_branch(&flow, &tensors, ctx->graph, ctx->node, ctx->in, branch), done);
    rq_tensor *results = tensors + flow.n_parameters;
    RQ_TRY_GOTO(rq_control_flow_infer(&flow, tensors, results, &facts), done);
    if (!facts.known) ctx->deferred = true;
    for (uint32_t i = 0; i < ctx->n_out; i++) {
        const rq_tensor *result = &results[flow.outputs[i].inner];
        if (!first && !rq_shape_equal(&result->shape, &ctx->out[i].shape)) ctx->deferred = true;
        ctx->out[i] = *result;
    }
done:
    rq_control_flow_close(&flow);
    free(tensors);
    return status;
}

static rq_status infer(rq_infer *ctx)
{
    RQ_TRY(rq_infer_arity(ctx, 1, UINT32_MAX));
    if (ctx->in[0].data) {
        size_t branch = 0;
        RQ_TRY(read_condition(ctx->node, ctx->in, &branch));
        return infer_branch(ctx, branch, true);
    }
    /* A branch that these inputs do not fit is for others: exporters ask for a rank this way. */
    if (infer_branch(ctx, 1, true) != RQ_OK) {
        ctx->deferred = true;
        return infer_branch(ctx, 0, true);
    }
    if (infer_branch(ctx, 0, false) != RQ_OK) {
        ctx->deferred = true;
        return infer_branch(ctx, 1, true);
    }
    return RQ_OK;
}

static rq_status run_branch(rq_call *call, const rq_control_flow *flow, rq_tensor *tensors)
{
    rq_tensor *results = tensors + flow->n_parameters;
    RQ_TRY(call->services->run_body(call, flow->body_index, tensors, flow->n_parameters, results,
                                    flow->n_results));
    for (uint32_t i = 0; i < call->n_out; i++) {
        const rq_tensor *result = &results[flow->outputs[i].inner];
        if (!call->out[i].data) RQ_TRY(rq_call_resize(call, i, &result->shape));
        if (!rq_shape_equal(&call->out[i].shape, &result->shape) ||
            call->out[i].dtype != result->dtype)
            return rq_node_fail(call->node, RQ_EFORMAT, "the branches differ in output %u", i);
        size_t bytes = rq_tensor_bytes(result);
        if (bytes) memcpy(call->out[i].data, result->data, bytes);
    }
    return RQ_OK;
}

static rq_status run(rq_call *call)
{
    rq_control_flow flow;
    size_t branch = 0;
    rq_tensor *tensors = NULL;
    RQ_TRY(read_condition(call->node, call->in, &branch));
    rq_status status = open_branch(&flow, &tensors, call->graph, call->node, call->in, branch);
    if (status == RQ_OK) status = run_branch(call, &flow, tensors);
    rq_control_flow_close(&flow);
    free(tensors);
    return status;
}

const rq_op rq_op_If = {
    .type = "If",
    .opsets = RQ_OPSET(8),
    .role = RQ_ROLE_FLOAT,
    .flags = RQ_OP_ANY_DTYPE | RQ_OP_NO_FOLD,
    .infer = infer,
    .run = run,
};
