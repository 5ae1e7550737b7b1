#include "engine/ops/common/control_flow.h"

#include "engine/ops/bind.h"
#include "engine/ops/common/strided_copy.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* -- port maps ----------------------------------------------------------------------------- */

static const rq_xml *find_extra(const rq_node *node, const char *tag)
{
    for (const rq_xml *x = node->extra; x; x = x->next)
        if (!strcmp(x->name, tag)) return x;
    return NULL;
}

static rq_status read_int(const rq_control_flow *flow, const rq_xml *x, const char *name,
                          int64_t fallback, int64_t *out)
{
    const char *text = rq_xml_attr(x, name);
    *out = fallback;
    if (!text || rq_parse_i64(text, out)) return RQ_OK;
    return rq_node_fail(flow->node, RQ_EFORMAT, "<%s %s=\"%s\">, expected an integer", x->name,
                        name, text);
}

static uint32_t find_outer(const rq_control_flow *flow, bool input, int64_t port)
{
    const rq_node *node = flow->node;
    uint32_t n = input ? node->n_in : node->n_out;
    for (uint32_t i = 0; i < n; i++)
        if ((input ? node->in_port[i] : flow->outer->values[node->out[i]]->port_id) == port)
            return i;
    return RQ_NONE;
}

static uint32_t find_inner(const rq_control_flow *flow, bool input, int64_t layer)
{
    const rq_id *ids = input ? flow->parameters : flow->results;
    size_t n = input ? flow->n_parameters : flow->n_results;
    for (size_t i = 0; i < n; i++)
        if (flow->body->nodes[ids[i]]->layer_id == layer) return (uint32_t)i;
    return RQ_NONE;
}

static rq_status read_slice(const rq_control_flow *flow, const rq_xml *x,
                            rq_control_flow_slice *out)
{
    out->sliced = rq_xml_attr(x, "axis") != NULL;
    RQ_TRY(read_int(flow, x, "axis", 0, &out->axis));
    RQ_TRY(read_int(flow, x, "start", 0, &out->start));
    RQ_TRY(read_int(flow, x, "end", -1, &out->end));
    RQ_TRY(read_int(flow, x, "stride", 1, &out->stride));
    RQ_TRY(read_int(flow, x, "part_size", 1, &out->part));
    if (out->stride != 0 && out->part > 0 && out->part <= INT32_MAX && out->stride >= -INT32_MAX &&
        out->stride <= INT32_MAX)
        return RQ_OK;
    return rq_node_fail(flow->node, RQ_EFORMAT, "slices of %" PRId64 " with a stride of %" PRId64,
                        out->part, out->stride);
}

/* An <input> or <output>; those for a purpose have no outer port. */
static rq_status read_port(rq_control_flow *flow, const rq_xml *x, bool input)
{
    rq_control_flow_port port;
    int64_t outer, layer;
    RQ_TRY(read_int(flow, x, "external_port_id", -1, &outer));
    RQ_TRY(read_int(flow, x, "internal_layer_id", -1, &layer));
    RQ_TRY(read_slice(flow, x, &port.slice));
    port.inner = find_inner(flow, input, layer);
    port.outer = find_outer(flow, input, outer);
    const char *purpose = rq_xml_attr(x, "purpose");
    bool special = purpose && !strcmp(purpose, input ? "current_iteration" : "execution_condition");
    if (port.inner == RQ_NONE || (port.outer == RQ_NONE && (outer != -1 || !special)))
        return rq_node_fail(flow->node, RQ_EFORMAT,
                            "its port map connects port %" PRId64 " with layer %" PRId64
                            " of the body; one of them is not there",
                            outer, layer);
    if (special) *(input ? &flow->iteration : &flow->condition) = port.inner;
    if (port.outer == RQ_NONE) return RQ_OK;
    if (input)
        flow->inputs[flow->n_inputs++] = port;
    else
        flow->outputs[port.outer] = port;
    return RQ_OK;
}

static rq_status read_ports(rq_control_flow *flow, const rq_xml *map)
{
    size_t inputs = map ? rq_xml_count(map, "input") : 0;
    RQ_TRY(rq_calloc(&flow->inputs, inputs, sizeof *flow->inputs, "a port map"));
    RQ_TRY(rq_calloc(&flow->outputs, flow->node->n_out, sizeof *flow->outputs, "a port map"));
    for (uint32_t i = 0; i < flow->node->n_out; i++) flow->outputs[i].inner = RQ_NONE;
    for (const rq_xml *x = map ? map->first : NULL; x; x = x->next) {
        bool input = !strcmp(x->name, "input");
        if (input || !strcmp(x->name, "output")) RQ_TRY(read_port(flow, x, input));
    }
    for (uint32_t i = 0; i < flow->node->n_out; i++)
        if (flow->outputs[i].inner == RQ_NONE)
            return rq_node_fail(flow->node, RQ_EFORMAT, "its port map gives output %u no value", i);
    return RQ_OK;
}

static rq_status read_edges(rq_control_flow *flow, const rq_xml *list)
{
    size_t n = list ? rq_xml_count(list, "edge") : 0;
    RQ_TRY(rq_calloc(&flow->edges, n, sizeof *flow->edges, "back edges"));
    for (const rq_xml *x = list ? list->first : NULL; x; x = x->next) {
        int64_t from, to;
        if (strcmp(x->name, "edge") != 0) continue;
        RQ_TRY(read_int(flow, x, "from-layer", -1, &from));
        RQ_TRY(read_int(flow, x, "to-layer", -1, &to));
        rq_control_flow_edge edge = {find_inner(flow, false, from), find_inner(flow, true, to)};
        if (edge.result == RQ_NONE || edge.parameter == RQ_NONE)
            return rq_node_fail(flow->node, RQ_EFORMAT,
                                "a back edge from layer %" PRId64 " to layer %" PRId64
                                " of the body; one of them is not there",
                                from, to);
        flow->edges[flow->n_edges++] = edge;
    }
    return RQ_OK;
}

/* Every Parameter needs a value; `seen` is by Parameter. */
static rq_status check_fed(const rq_control_flow *flow, bool *seen)
{
    if (flow->iteration != RQ_NONE) seen[flow->iteration] = true;
    for (size_t i = 0; i < flow->n_inputs; i++) seen[flow->inputs[i].inner] = true;
    for (size_t i = 0; i < flow->n_parameters; i++)
        if (!seen[i])
            return rq_node_fail(flow->node, RQ_EFORMAT,
                                "its port map gives the body's input '%s' "
                                "no value",
                                flow->body->nodes[flow->parameters[i]]->name);
    return RQ_OK;
}

static rq_status find_body(rq_control_flow *flow, const char *tag)
{
    const rq_node *node = flow->node;
    for (size_t i = 0; i < node->n_bodies; i++) {
        if (strcmp(node->bodies[i].tag, tag) != 0) continue;
        flow->body = node->bodies[i].graph;
        flow->body_index = (uint32_t)i;
        return RQ_OK;
    }
    return rq_node_fail(node, RQ_EFORMAT, "has no <%s>", tag);
}

rq_status rq_control_flow_open(rq_control_flow *flow, const rq_graph *graph, const rq_node *node,
                               const char *map_tag, const char *body_tag)
{
    bool *seen;
    *flow =
        (rq_control_flow){.outer = graph, .node = node, .iteration = RQ_NONE, .condition = RQ_NONE};
    RQ_TRY(find_body(flow, body_tag));
    RQ_TRY(rq_graph_list(&flow->parameters, &flow->n_parameters, flow->body, "Parameter"));
    RQ_TRY(rq_graph_list(&flow->results, &flow->n_results, flow->body, "Result"));
    RQ_TRY(read_ports(flow, find_extra(node, map_tag)));
    RQ_TRY(read_edges(flow, find_extra(node, "back_edges")));
    RQ_TRY(rq_calloc(&seen, flow->n_parameters, sizeof *seen, "a port map"));
    rq_status status = check_fed(flow, seen);
    free(seen);
    return status;
}

void rq_control_flow_close(rq_control_flow *flow)
{
    free(flow->parameters);
    free(flow->results);
    free(flow->inputs);
    free(flow->outputs);
    free(flow->edges);
}

/* -- slices -------------------------------------------------------------------------------- */

static int64_t position(int64_t at, int64_t dim)
{
    return at < 0 ? at + dim + 1 : at;
}

rq_status rq_control_flow_slice_count(const rq_node *node, int64_t *n,
                                      const rq_control_flow_slice *slice, int64_t dim)
{
    int64_t start = position(slice->start, dim), end = position(slice->end, dim);
    int64_t low = slice->stride > 0 ? start : end, high = slice->stride > 0 ? end : start;
    int64_t step = slice->stride > 0 ? slice->stride : -slice->stride;
    if (low < 0 || high > dim || low > high || (high - low) % step || slice->part > step)
        return rq_node_fail(node, RQ_EFORMAT,
                            "slices of %" PRId64 " from %" PRId64 " to %" PRId64 " by %" PRId64
                            " of %" PRId64 " elements",
                            slice->part, slice->start, slice->end, slice->stride, dim);
    *n = (high - low) / step;
    return RQ_OK;
}

int64_t rq_control_flow_slice_at(const rq_control_flow_slice *slice, int64_t dim, int64_t i)
{
    int64_t at = position(slice->start, dim) + i * slice->stride;
    return slice->stride > 0 ? at : at - slice->part;
}

rq_status rq_control_flow_slice_axis(const rq_node *node, int *out,
                                     const rq_control_flow_slice *slice, const rq_shape *shape)
{
    if (shape->rank == 0) return rq_node_fail(node, RQ_EFORMAT, "a slice of a scalar");
    return rq_node_axis(node, out, slice->axis, shape->rank);
}

/* -- shapes -------------------------------------------------------------------------------- */

static rq_control_flow_facts read_results(const rq_control_flow *flow, const rq_bound *bound,
                                          rq_tensor *results)
{
    rq_control_flow_facts facts = {true, true};
    for (size_t i = 0; i < flow->n_results; i++) {
        results[i] = bound->values[flow->body->nodes[flow->results[i]]->in[0]];
        facts.known &= rq_shape_is_static(&results[i].shape);
        if (i == flow->condition)
            facts.goes_on = results[i].data && rq_tensor_count(&results[i]) == 1 &&
                            rq_load_f64(results[i].data, results[i].dtype, 0) != 0;
        results[i].data = NULL;
    }
    return facts;
}

rq_status rq_control_flow_infer(const rq_control_flow *flow, const rq_tensor *parameters,
                                rq_tensor *results, rq_control_flow_facts *facts)
{
    rq_input_shape *shapes;
    rq_bound *bound = NULL;
    RQ_TRY(rq_calloc(&shapes, flow->n_parameters, sizeof *shapes, "a body's shapes"));
    for (size_t i = 0; i < flow->n_parameters; i++)
        shapes[i] =
            (rq_input_shape){flow->body->nodes[flow->parameters[i]]->name, parameters[i].shape};
    rq_status status = rq_bind(&bound, flow->body, shapes, flow->n_parameters);
    free(shapes);
    if (status != RQ_OK) return rq_fail_prefix(status, "layer '%s'", flow->node->name);
    *facts = read_results(flow, bound, results);
    rq_bound_destroy(&bound);
    return RQ_OK;
}
