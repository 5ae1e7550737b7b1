/* Copies of graphs: own nodes, values and lists; text, constants and XML borrowed. */
#include "engine/base/mem.h"
#include "engine/ir/graph_build.h"

#include <string.h>

static rq_status clone_into(rq_graph *copy, const rq_graph *graph);

static void *copy_array(rq_arena *arena, const void *data, size_t n, size_t size)
{
    void *copy = rq_arena_alloc(arena, n, size);
    if (copy && n) memcpy(copy, data, n * size);
    return copy;
}

/* The copy has no bodies before each is made, so that a failure leaves nothing shared. */
static rq_status clone_bodies(rq_node *copy, rq_graph *owner, const rq_node *node)
{
    copy->bodies = NULL;
    copy->n_bodies = 0;
    for (size_t i = 0; i < node->n_bodies; i++) {
        rq_graph *body = NULL;
        RQ_TRY(rq_graph_add_body(&body, owner, copy, node->bodies[i].tag));
        RQ_TRY(clone_into(body, node->bodies[i].graph));
    }
    return RQ_OK;
}

static rq_status clone_node(rq_graph *graph, const rq_node *node)
{
    rq_node *copy = copy_array(graph->arena, node, 1, sizeof *node);
    if (!copy) return RQ_ENOMEM;
    copy->attrs = copy_array(graph->arena, node->attrs, node->n_attrs, sizeof *node->attrs);
    copy->layer_attrs =
        copy_array(graph->arena, node->layer_attrs, node->n_layer_attrs, sizeof *node->layer_attrs);
    copy->in = copy_array(graph->arena, node->in, node->n_in, sizeof *node->in);
    copy->in_port = copy_array(graph->arena, node->in_port, node->n_in, sizeof *node->in_port);
    copy->out = copy_array(graph->arena, node->out, node->n_out, sizeof *node->out);
    if (node->in_rt_info)
        copy->in_rt_info =
            copy_array(graph->arena, node->in_rt_info, node->n_in, sizeof *node->in_rt_info);
    copy->bodies = NULL;
    copy->n_bodies = 0;
    if (!copy->attrs || !copy->layer_attrs || !copy->in || !copy->in_port || !copy->out ||
        (node->in_rt_info && !copy->in_rt_info))
        return RQ_ENOMEM;
    graph->nodes[node->id] = copy;
    RQ_TRY(clone_bodies(copy, graph, node));
    if (rq_map_get(graph->names, node->name) != RQ_NONE) return RQ_OK;
    return rq_map_put(graph->names, node->name, node->id);
}

static rq_status clone_nodes(rq_graph *copy, const rq_graph *graph)
{
    RQ_TRY(rq_calloc(&copy->nodes, graph->n_nodes, sizeof *copy->nodes, "a copy of a graph"));
    copy->n_nodes = copy->capacity_nodes = graph->n_nodes;
    for (size_t i = 0; i < graph->n_nodes; i++)
        if (graph->nodes[i]) RQ_TRY(clone_node(copy, graph->nodes[i]));
    return RQ_OK;
}

static rq_status clone_values(rq_graph *copy, const rq_graph *graph)
{
    RQ_TRY(rq_calloc(&copy->values, graph->n_values, sizeof *copy->values, "a copy of a graph"));
    copy->n_values = copy->capacity_values = graph->n_values;
    for (size_t i = 0; i < graph->n_values; i++) {
        if (!graph->values[i]) continue;
        copy->values[i] = copy_array(copy->arena, graph->values[i], 1, sizeof **graph->values);
        if (!copy->values[i]) return RQ_ENOMEM;
    }
    return RQ_OK;
}

/* The one XML that editing changes in place (rq_graph_set_rt_info), so it is copied. */
static rq_status clone_extra(rq_graph *copy, const rq_graph *graph)
{
    const rq_xml **link = &copy->extra;
    for (const rq_xml *child = graph->extra; child; child = child->next) {
        rq_xml *element = (rq_xml *)(uintptr_t)rq_xml_copy(copy->arena, child);
        if (!element) return RQ_ENOMEM;
        *link = element;
        link = (const rq_xml **)&element->next;
    }
    return RQ_OK;
}

static rq_status clone_into(rq_graph *copy, const rq_graph *graph)
{
    copy->path = graph->path;
    copy->name = graph->name;
    copy->ir_version = graph->ir_version;
    copy->framework = graph->framework;
    copy->source_bytes = graph->source_bytes;
    copy->net_attrs = graph->net_attrs;
    copy->n_net_attrs = graph->n_net_attrs;
    RQ_TRY(clone_extra(copy, graph));
    RQ_TRY(clone_values(copy, graph));
    return clone_nodes(copy, graph);
}

rq_status rq_graph_clone(rq_graph **out, const rq_graph *graph)
{
    rq_graph *copy = NULL;
    RQ_TRY(rq_graph_create(&copy, graph->name));
    rq_status status = clone_into(copy, graph);
    if (status != RQ_OK) {
        rq_graph_destroy(&copy);
        return status;
    }
    *out = copy;
    return RQ_OK;
}
