#include "engine/import/subgraph.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* -- elements of the port map ---------------------------------------------------------------- */

static void set_number(rq_ir_builder *b, rq_xml *x, const char *name, int64_t value)
{
    rq_attr *attr = &x->attrs[x->n_attrs++];
    attr->name = name;
    attr->value = rq_arena_printf(b->arena, "%" PRId64, value);
    if (!attr->value) b->status = RQ_ENOMEM;
}

/* A new last child; room for 8 attributes. */
static rq_xml *add_child(rq_ir_builder *b, rq_xml *parent, const char *tag)
{
    rq_xml *x = rq_xml_element(b->arena, tag, 8), **last = &parent->first;
    if (!rq_ir_builder_ok(b, x ? RQ_OK : RQ_ENOMEM)) return NULL;
    x->n_attrs = 0;
    while (*last) last = &(*last)->next;
    *last = x;
    return x;
}

static void add_port(rq_subgraph_map *m, const char *tag, int64_t outer, const rq_node *inner,
                     const rq_subgraph_slice *slice, const char *purpose)
{
    rq_ir_builder *b = m->outer;
    rq_xml *x = add_child(b, m->ports, tag);
    if (!x) return;
    if (slice && slice->sliced) set_number(b, x, "axis", slice->axis);
    set_number(b, x, "external_port_id", outer);
    set_number(b, x, "internal_layer_id", inner->layer_id);
    if (slice && slice->sliced) {
        set_number(b, x, "start", slice->backwards ? -1 : 0);
        set_number(b, x, "end", slice->backwards ? 0 : -1);
        set_number(b, x, "stride", slice->backwards ? -1 : 1);
        set_number(b, x, "part_size", 1);
    }
    if (purpose) x->attrs[x->n_attrs++] = (rq_attr){"purpose", purpose};
}

/* -- beginning and ending -------------------------------------------------------------------- */

static rq_xml *add_extra(rq_ir_builder *b, rq_node *node, const char *tag)
{
    rq_xml *x = rq_xml_element(b->arena, tag, 0);
    if (!rq_ir_builder_ok(b, x ? RQ_OK : RQ_ENOMEM)) return NULL;
    const rq_xml *first = node->extra;
    if (!first) {
        node->extra = x;
        return x;
    }
    while (first->next) first = first->next;
    ((rq_xml *)(uintptr_t)first)->next = x; /* made here, though the node shows it as const */
    return x;
}

void rq_subgraph_begin(rq_subgraph_map *m, rq_ir_builder *outer, rq_node *node,
                       const rq_framework_model *source, const char *body_tag, const char *map_tag)
{
    rq_graph *graph = NULL;
    m->outer = outer;
    m->node = node;
    m->edges = NULL;
    m->build = (rq_ir_builder){0};
    m->ports = add_extra(outer, node, map_tag);
    if (rq_ir_builder_ok(outer, rq_graph_add_body(&graph, outer->graph, node, body_tag)))
        rq_ir_builder_ok(outer, rq_ir_builder_begin(&m->build, source, outer->op_mapping, graph));
    m->build.outer = outer;
    m->build.fold_budget = outer->fold_budget;
    m->build.status = outer->status;
}

static uint32_t add_input(rq_subgraph_map *m, rq_id outer_value)
{
    if (outer_value == RQ_NONE) {
        rq_ir_builder_fail(m->outer, RQ_EFORMAT, "its input %zu is missing", m->n_inputs);
        return 0;
    }
    if (!rq_ir_builder_ok(m->outer, rq_grow(&m->inputs, &m->cap_inputs, m->n_inputs,
                                            sizeof *m->inputs, "a node's inputs")))
        return 0;
    m->inputs[m->n_inputs] = outer_value;
    return (uint32_t)m->n_inputs++;
}

/* One input for all bodies, but none that the node itself reads: OpenVINO gives a state and a value
 * that stays the same memory where they have one port. */
static uint32_t captured_input(rq_subgraph_map *m, rq_id outer_value)
{
    for (size_t i = m->n_own; i < m->n_inputs; i++)
        if (m->inputs[i] == outer_value) return (uint32_t)i;
    return add_input(m, outer_value);
}

static void connect_captures(rq_subgraph_map *m)
{
    rq_ir_builder *inner = &m->build;
    for (size_t i = 0; i < inner->n_captures && m->outer->status == RQ_OK; i++) {
        rq_node *parameter = inner->graph->nodes[inner->captures[i].parameter];
        parameter->layer_id = parameter->id;
        uint32_t input = captured_input(m, inner->captures[i].outer);
        add_port(m, "input", input, parameter, NULL, NULL);
    }
}

/* A node gets its inputs last: the outputs' ports are counted behind them. */
static void set_inputs(rq_ir_builder *b, rq_node *node, const rq_id *inputs, size_t n)
{
    node->in = rq_arena_alloc(b->arena, n, sizeof *node->in);
    node->in_port = rq_arena_alloc(b->arena, n, sizeof *node->in_port);
    if (!rq_ir_builder_ok(b, node->in && node->in_port ? RQ_OK : RQ_ENOMEM)) return;
    node->n_in = (uint32_t)n;
    for (uint32_t i = 0; i < node->n_in; i++) {
        node->in[i] = inputs[i];
        node->in_port[i] = i;
    }
    for (uint32_t i = 0; i < node->n_out; i++) {
        rq_value *value = b->graph->values[node->out[i]];
        value->port_id = node->n_in + i;
    }
}

/* Outputs are named by index until the number of inputs is known. */
static void shift_output_ports(const rq_subgraph_map *m)
{
    for (const rq_xml *list = m->node->extra; list; list = list->next)
        for (const rq_xml *x = list->first; x; x = x->next)
            for (size_t i = 0; i < x->n_attrs && !strcmp(x->name, "output"); i++) {
                int64_t index;
                if (strcmp(x->attrs[i].name, "external_port_id") != 0 ||
                    !rq_parse_i64(x->attrs[i].value, &index) || index < 0)
                    continue;
                x->attrs[i].value =
                    rq_arena_printf(m->outer->arena, "%" PRId64, index + (int64_t)m->n_inputs);
                if (!x->attrs[i].value) m->outer->status = RQ_ENOMEM;
            }
}

void rq_subgraph_end(rq_subgraph_map *m, bool last)
{
    rq_ir_builder *b = m->outer, *inner = &m->build;
    rq_ir_builder_ok(b, inner->status);
    if (b->status == RQ_OK) connect_captures(m);
    if (b->status == RQ_OK) rq_ir_builder_ok(b, rq_graph_prune(inner->graph));
    for (size_t i = 0; inner->graph && i < inner->graph->n_nodes; i++)
        if (inner->graph->nodes[i]) inner->graph->nodes[i]->layer_id = (int64_t)i;
    b->fold_budget = inner->fold_budget;
    rq_ir_builder_end(inner);
    if (!last) return;
    if (b->status == RQ_OK) {
        set_inputs(b, m->node, m->inputs, m->n_inputs);
        shift_output_ports(m);
        rq_ir_builder_infer(b, m->node, false);
    }
    free(m->inputs);
}

/* -- ports ----------------------------------------------------------------------------------- */

uint32_t rq_subgraph_input(rq_subgraph_map *m, rq_id outer_value)
{
    uint32_t input = add_input(m, outer_value);
    m->n_own = m->n_inputs;
    return input;
}

rq_id rq_subgraph_parameter(rq_subgraph_map *m, const char *name, rq_dtype dtype,
                            const rq_shape *shape, uint32_t input, const rq_subgraph_slice *slice)
{
    rq_id value = rq_ir_builder_parameter(&m->build, name, dtype, shape);
    if (value == RQ_NONE) return RQ_NONE;
    rq_node *node = rq_value_producer(m->build.graph, value);
    node->layer_id = node->id;
    if (input == RQ_NONE)
        add_port(m, "input", -1, node, NULL, "current_iteration");
    else
        add_port(m, "input", input, node, slice, NULL);
    return value;
}

rq_node *rq_subgraph_result(rq_subgraph_map *m, const char *name, rq_id value, uint32_t index,
                            const rq_subgraph_slice *slice)
{
    rq_ir_builder *b = &m->build;
    rq_ir_builder_result(b, name, value);
    if (b->status != RQ_OK || value == RQ_NONE) return NULL;
    rq_node *node = b->graph->nodes[b->graph->n_nodes - 1];
    node->layer_id = node->id;
    if (index == RQ_NONE)
        add_port(m, "output", -1, node, NULL, "execution_condition");
    else
        add_port(m, "output", index, node, slice, NULL);
    return node;
}

void rq_subgraph_edge(rq_subgraph_map *m, const rq_node *result, rq_id parameter)
{
    rq_ir_builder *b = m->outer;
    if (b->status != RQ_OK || !result || parameter == RQ_NONE) return;
    if (!m->edges) m->edges = add_extra(b, m->node, "back_edges");
    rq_xml *x = m->edges ? add_child(b, m->edges, "edge") : NULL;
    if (!x) return;
    set_number(b, x, "from-layer", result->layer_id);
    set_number(b, x, "to-layer", rq_value_producer(m->build.graph, parameter)->layer_id);
}
