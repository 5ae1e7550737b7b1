#include "engine/ops/common/control_flow_loop.h"

#include <inttypes.h>
#include <stdlib.h>

static rq_tensor iteration_tensor(const rq_control_flow *flow)
{
    const rq_node *node = flow->body->nodes[flow->parameters[flow->iteration]];
    const rq_value *value = flow->body->values[node->out[0]];
    rq_tensor t = {value->dtype, value->shape, NULL};
    if (!rq_shape_is_static(&t.shape) || rq_tensor_count(&t) != 1) t.shape = (rq_shape){1, {1}};
    return t;
}

rq_status rq_control_flow_loop_parameters(const rq_control_flow *flow, const rq_tensor *in,
                                          rq_tensor *parameters, int64_t *trips)
{
    if (flow->iteration != RQ_NONE) parameters[flow->iteration] = iteration_tensor(flow);
    for (size_t i = 0; i < flow->n_inputs; i++) {
        const rq_control_flow_port *port = &flow->inputs[i];
        rq_tensor *t = &parameters[port->inner];
        *t = in[port->outer];
        t->data = NULL;
        if (!port->slice.sliced) continue;
        int axis;
        int64_t n;
        RQ_TRY(rq_control_flow_slice_axis(flow->node, &axis, &port->slice, &t->shape));
        RQ_TRY(rq_control_flow_slice_count(flow->node, &n, &port->slice, t->shape.d[axis]));
        if (*trips < 0 || n < *trips) *trips = n;
        t->shape.d[axis] = port->slice.part;
    }
    if (*trips < 0 && flow->condition == RQ_NONE)
        return rq_node_fail(flow->node, RQ_EFORMAT, "nothing ends its iterations");
    return RQ_OK;
}

static bool edges_keep_shapes(const rq_control_flow *flow, const rq_tensor *parameters,
                              const rq_tensor *results)
{
    for (size_t i = 0; i < flow->n_edges; i++)
        if (!rq_shape_equal(&parameters[flow->edges[i].parameter].shape,
                            &results[flow->edges[i].result].shape))
            return false;
    return true;
}

rq_status rq_control_flow_loop_joined(const rq_control_flow *flow, rq_shape *out,
                                      const rq_control_flow_slice *slice, const rq_shape *part,
                                      int64_t n)
{
    int axis;
    RQ_TRY(rq_control_flow_slice_axis(flow->node, &axis, slice, part));
    *out = *part;
    if (part->d[axis] != slice->part || !rq_mul_i64(&out->d[axis], n, slice->part))
        return rq_node_fail(flow->node, RQ_EFORMAT,
                            "a part of %" PRId64 " elements, expected %" PRId64, part->d[axis],
                            slice->part);
    return RQ_OK;
}

static rq_status shape_outputs(rq_infer *ctx, const rq_control_flow *flow, const rq_tensor *results,
                               int64_t trips, bool exact)
{
    for (uint32_t i = 0; i < ctx->n_out; i++) {
        const rq_control_flow_port *port = &flow->outputs[i];
        ctx->out[i] = results[port->inner];
        if (!port->slice.sliced || ctx->deferred) continue;
        if (!exact || trips < 0)
            ctx->deferred = true;
        else
            RQ_TRY(rq_control_flow_loop_joined(flow, &ctx->out[i].shape, &port->slice,
                                               &results[port->inner].shape, trips));
    }
    return RQ_OK;
}

static rq_status infer_flow(rq_infer *ctx, const rq_control_flow *flow, rq_tensor *tensors,
                            int64_t trips, bool exact)
{
    rq_tensor *results = tensors + flow->n_parameters;
    rq_control_flow_facts facts;
    RQ_TRY(rq_control_flow_loop_parameters(flow, ctx->in, tensors, &trips));
    RQ_TRY(rq_control_flow_infer(flow, tensors, results, &facts));
    ctx->deferred = !facts.known || !edges_keep_shapes(flow, tensors, results);
    return shape_outputs(ctx, flow, results, trips, exact && facts.goes_on);
}

rq_status rq_control_flow_loop_infer(rq_infer *ctx, int64_t trips, bool exact)
{
    rq_control_flow flow;
    rq_tensor *tensors = NULL;
    rq_status status = rq_control_flow_open(&flow, ctx->graph, ctx->node, "port_map", "body");
    if (status == RQ_OK)
        status = rq_calloc(&tensors, flow.n_parameters + flow.n_results, sizeof *tensors, "a body");
    if (status == RQ_OK) status = infer_flow(ctx, &flow, tensors, trips, exact);
    rq_control_flow_close(&flow);
    free(tensors);
    return status;
}
