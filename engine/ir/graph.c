/* Making and changing graphs. */
#include "engine/ir/graph.h"

#include "engine/base/mem.h"
#include "engine/ir/graph_build.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static rq_status make_graph(rq_graph **out, rq_arena *arena)
{
    rq_graph *graph = rq_arena_alloc(arena, 1, sizeof *graph);
    if (!graph) return RQ_ENOMEM;
    graph->arena = arena;
    graph->path = graph->name = "";
    graph->ir_version = 11;
    RQ_TRY(rq_map_create(&graph->names));
    *out = graph;
    return RQ_OK;
}

rq_status rq_graph_create(rq_graph **out, const char *name)
{
    rq_arena *arena = NULL;
    rq_graph *graph = NULL;
    RQ_TRY(rq_arena_create(&arena));
    rq_status status = make_graph(&graph, arena);
    if (status != RQ_OK) {
        rq_arena_destroy(&arena);
        return status;
    }
    graph->name = rq_arena_strdup(arena, name);
    if (!graph->name) {
        rq_graph_destroy(&graph);
        return RQ_ENOMEM;
    }
    *out = graph;
    return RQ_OK;
}

/* A graph for a node's body; it belongs to no node yet. */
static rq_status create_body(rq_graph **out, const rq_graph *parent)
{
    RQ_TRY(make_graph(out, parent->arena));
    (*out)->path = parent->path;
    (*out)->ir_version = parent->ir_version;
    (*out)->is_body = true;
    return RQ_OK;
}

rq_status rq_graph_add_body(rq_graph **out, rq_graph *graph, rq_node *node, const char *tag)
{
    rq_body *bodies = rq_arena_alloc(graph->arena, node->n_bodies + 1, sizeof *bodies);
    const char *kept = rq_arena_strdup(graph->arena, tag);
    if (!bodies || !kept) return RQ_ENOMEM;
    rq_graph *body = NULL;
    RQ_TRY(create_body(&body, graph));
    if (node->n_bodies) memcpy(bodies, node->bodies, node->n_bodies * sizeof *bodies);
    bodies[node->n_bodies] = (rq_body){kept, body};
    node->bodies = bodies;
    node->n_bodies++;
    *out = body;
    return RQ_OK;
}

static void destroy_bodies(rq_node *node)
{
    for (size_t i = 0; i < node->n_bodies; i++) rq_graph_destroy(&node->bodies[i].graph);
    node->n_bodies = 0;
}

/* Bodies nest no deeper than the XML they were read from. */
void rq_graph_destroy(rq_graph **graph)
{
    if (!graph || !*graph) return;
    rq_graph *g = *graph;
    *graph = NULL;
    for (size_t i = 0; i < g->n_nodes; i++)
        if (g->nodes[i]) destroy_bodies(g->nodes[i]);
    free(g->nodes);
    free(g->values);
    rq_map_destroy(&g->names);
    if (g->is_body) return;
    rq_unmap_file(&g->bin);
    if (g->bin_file) rq_file_close(g->bin_file);
    rq_arena *arena = g->arena;
    rq_arena_destroy(&arena);
}

static rq_status add_value(rq_graph *graph, rq_node *producer, uint32_t index)
{
    if (graph->n_values >= RQ_NONE)
        return rq_fail(RQ_EUNSUPPORTED, "%s: more than %u values", graph->path, RQ_NONE);
    RQ_TRY(rq_grow(&graph->values, &graph->capacity_values, graph->n_values, sizeof *graph->values,
                   "a graph"));
    rq_value *value = rq_arena_alloc(graph->arena, 1, sizeof *value);
    if (!value) return RQ_ENOMEM;
    value->id = (rq_id)graph->n_values;
    value->producer = producer->id;
    value->index = index;
    value->port_id = producer->n_in + index;
    value->shape.rank = -1;
    graph->values[graph->n_values++] = value;
    producer->out[index] = value->id;
    return RQ_OK;
}

static rq_status alloc_ports(rq_graph *graph, rq_node *node, uint32_t n_in, uint32_t n_out)
{
    node->in = rq_arena_alloc(graph->arena, n_in, sizeof *node->in);
    node->in_port = rq_arena_alloc(graph->arena, n_in, sizeof *node->in_port);
    node->out = rq_arena_alloc(graph->arena, n_out, sizeof *node->out);
    if (!node->in || !node->in_port || !node->out) return RQ_ENOMEM;
    node->n_in = n_in;
    node->n_out = n_out;
    for (uint32_t i = 0; i < n_in; i++) {
        node->in[i] = RQ_NONE;
        node->in_port[i] = i;
    }
    return RQ_OK;
}

rq_status rq_graph_new_node(rq_node **out, rq_graph *graph, uint32_t n_in, uint32_t n_out)
{
    if (graph->n_nodes >= RQ_NONE)
        return rq_fail(RQ_EUNSUPPORTED, "%s: more than %u layers", graph->path, RQ_NONE);
    RQ_TRY(rq_grow(&graph->nodes, &graph->capacity_nodes, graph->n_nodes, sizeof *graph->nodes,
                   "a graph"));
    rq_node *node = rq_arena_alloc(graph->arena, 1, sizeof *node);
    if (!node) return RQ_ENOMEM;
    RQ_TRY(alloc_ports(graph, node, n_in, n_out));
    node->id = (rq_id)graph->n_nodes;
    node->layer_id = -1;
    node->name = node->type = node->version = "";
    for (uint32_t i = 0; i < n_out; i++) RQ_TRY(add_value(graph, node, i));
    graph->nodes[graph->n_nodes++] = node;
    *out = node;
    return RQ_OK;
}

rq_status rq_graph_add_node(rq_node **out, rq_graph *graph, const char *name, const char *type,
                            const char *version, uint32_t n_in, uint32_t n_out)
{
    const char *kept_type = rq_arena_strdup(graph->arena, type);
    const char *kept_version = rq_arena_strdup(graph->arena, version);
    if (!kept_type || !kept_version) return RQ_ENOMEM;
    rq_node *node = NULL;
    RQ_TRY(rq_graph_new_node(&node, graph, n_in, n_out));
    node->type = kept_type;
    node->version = kept_version;
    RQ_TRY(rq_graph_rename(graph, node, name));
    *out = node;
    return RQ_OK;
}

static rq_attr *find_attr(const rq_node *node, const char *name)
{
    for (size_t i = 0; i < node->n_attrs; i++)
        if (strcmp(node->attrs[i].name, name) == 0) return &node->attrs[i];
    return NULL;
}

const char *rq_node_attr(const rq_node *node, const char *name)
{
    const rq_attr *attr = find_attr(node, name);
    return attr ? attr->value : NULL;
}

rq_status rq_node_set_attr(rq_graph *graph, rq_node *node, const char *name, const char *value)
{
    const char *kept = rq_arena_strdup(graph->arena, value);
    if (!kept) return RQ_ENOMEM;
    rq_attr *attr = find_attr(node, name);
    if (attr) {
        attr->value = kept;
        return RQ_OK;
    }
    rq_attr *attrs = rq_arena_alloc(graph->arena, node->n_attrs + 1, sizeof *attrs);
    const char *kept_name = rq_arena_strdup(graph->arena, name);
    if (!attrs || !kept_name) return RQ_ENOMEM;
    if (node->n_attrs) memcpy(attrs, node->attrs, node->n_attrs * sizeof *attrs);
    attrs[node->n_attrs] = (rq_attr){kept_name, kept};
    node->attrs = attrs;
    node->n_attrs++;
    return RQ_OK;
}

/* "8, 1, 1, 1", as OpenVINO writes it on a Const; "" for a scalar. */
static const char *dims_text(rq_arena *arena, const rq_shape *shape)
{
    const char *text = rq_arena_strdup(arena, "");
    for (int i = 0; i < shape->rank && text; i++)
        text = rq_arena_printf(arena, "%s%s%" PRId64, text, i ? ", " : "", shape->d[i]);
    return text;
}

static rq_status set_const_attrs(rq_graph *graph, rq_node *node, rq_dtype dtype,
                                 const rq_shape *shape)
{
    const char *dims = dims_text(graph->arena, shape);
    if (!dims) return RQ_ENOMEM;
    RQ_TRY(rq_node_set_attr(graph, node, "element_type", rq_dtype_name(dtype)));
    return rq_node_set_attr(graph, node, "shape", dims);
}

/* A Const without bytes yet; *bytes is how many it has. */
static rq_status add_const(rq_node **out, size_t *bytes, rq_graph *graph, const char *name,
                           rq_dtype dtype, const rq_shape *shape)
{
    if (rq_dtype_bits(dtype) == 0)
        return rq_fail(RQ_EARG, "constant '%s': element type %s", name, rq_dtype_name(dtype));
    RQ_TRY(rq_shape_check(shape, false, name));
    if (!rq_dtype_bytes(bytes, dtype, rq_shape_count(shape)))
        return rq_fail(RQ_EARG, "constant '%s': too large", name);
    RQ_TRY(rq_graph_add_node(out, graph, name, "Const", "opset1", 0, 1));
    RQ_TRY(set_const_attrs(graph, *out, dtype, shape));
    (*out)->data_bytes = *bytes;
    rq_value *value = graph->values[(*out)->out[0]];
    value->dtype = dtype;
    value->shape = *shape;
    return RQ_OK;
}

rq_status rq_graph_add_const(rq_node **out, rq_graph *graph, const char *name, rq_dtype dtype,
                             const rq_shape *shape, const void *data)
{
    size_t bytes = 0;
    rq_node *node = NULL;
    RQ_TRY(add_const(&node, &bytes, graph, name, dtype, shape));
    void *copy = rq_arena_alloc(graph->arena, bytes, 1);
    if (!copy) return RQ_ENOMEM;
    if (bytes) memcpy(copy, data, bytes);
    node->data = copy;
    *out = node;
    return RQ_OK;
}

rq_status rq_graph_add_source(rq_node **out, rq_graph *graph, const char *name, rq_dtype dtype,
                              const rq_shape *shape, const rq_source *source)
{
    size_t bytes = 0;
    rq_node *node = NULL;
    rq_source *kept = rq_arena_alloc(graph->arena, 1, sizeof *kept);
    if (!kept) return RQ_ENOMEM;
    RQ_TRY(add_const(&node, &bytes, graph, name, dtype, shape));
    *kept = *source;
    node->source = kept;
    *out = node;
    return RQ_OK;
}

static bool has_consumer(const rq_graph *graph, const rq_node *producer)
{
    for (size_t i = 0; i < graph->n_nodes; i++) {
        const rq_node *node = graph->nodes[i];
        for (uint32_t k = 0; node && k < node->n_in; k++)
            if (node->in[k] != RQ_NONE && graph->values[node->in[k]]->producer == producer->id)
                return true;
    }
    return false;
}

/* The name becomes free; a map entry that is there can be changed without memory. */
void rq_graph_drop_node(rq_graph *graph, rq_node *node)
{
    if (rq_map_get(graph->names, node->name) == node->id)
        (void)rq_map_put(graph->names, node->name, RQ_NONE);
    for (uint32_t i = 0; i < node->n_out; i++) graph->values[node->out[i]] = NULL;
    graph->nodes[node->id] = NULL;
    destroy_bodies(node);
}

void rq_graph_remove_node(rq_graph *graph, rq_id id)
{
    rq_node *node = graph->nodes[id];
    assert(!has_consumer(graph, node));
    rq_graph_drop_node(graph, node);
}
