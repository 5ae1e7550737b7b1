/* Reading a <layer>: its attributes, ports, bodies and whatever else it holds. */
#include "engine/base/mem.h"
#include "engine/base/text.h"
#include "engine/ir/ir_read.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* The parts of a <layer> that have their own place in a node. */
typedef struct parts {
    const rq_xml *data, *input, *output;
} parts;

static bool is(const rq_xml *element, const char *name)
{
    return strcmp(element->name, name) == 0;
}

static rq_status read_dim(int64_t *out, const rq_xml *dim, const char *what)
{
    if (dim->text && rq_parse_i64(dim->text, out)) return RQ_OK;
    return rq_fail(RQ_EFORMAT, "%s: dimension '%s', expected a number", what,
                   dim->text ? dim->text : "");
}

static rq_status read_shape(rq_shape *out, const rq_xml *port, const char *what)
{
    rq_shape shape = {0};
    for (const rq_xml *dim = port->first; dim; dim = dim->next) {
        if (!is(dim, "dim")) continue;
        if (shape.rank == RQ_MAX_RANK)
            return rq_fail(RQ_EUNSUPPORTED, "%s: rank above %d", what, RQ_MAX_RANK);
        RQ_TRY(read_dim(&shape.d[shape.rank++], dim, what));
    }
    RQ_TRY(rq_shape_check(&shape, true, what));
    *out = shape;
    return RQ_OK;
}

/* The children of a port other than <dim>. They are unlinked from the tree. */
static const rq_xml *take_port_extra(const rq_xml *port)
{
    rq_xml_list list = {0};
    for (const rq_xml *child = port->first, *next; child; child = next) {
        next = child->next;
        if (!is(child, "dim")) rq_xml_list_add(&list, child);
    }
    return list.first;
}

static rq_status read_input(rq_graph *graph, rq_node *node, uint32_t i, const rq_xml *port)
{
    int64_t id = 0;
    rq_shape shape;
    RQ_TRY(rq_ir_require_number(&id, port, "id", INT32_MAX));
    char what[48];
    snprintf(what, sizeof what, "input port %" PRId64, id);
    RQ_TRY(read_shape(&shape, port, what));
    node->in_port[i] = (uint32_t)id;
    const rq_xml *extra = take_port_extra(port);
    if (!extra) return RQ_OK;
    if (!node->in_rt_info)
        node->in_rt_info = rq_arena_alloc(graph->arena, node->n_in, sizeof *node->in_rt_info);
    if (!node->in_rt_info) return RQ_ENOMEM;
    node->in_rt_info[i] = extra;
    return RQ_OK;
}

static rq_status read_precision(rq_dtype *out, const rq_xml *port)
{
    const char *text = NULL;
    RQ_TRY(rq_ir_require_attr(&text, port, "precision"));
    *out = rq_dtype_parse(text);
    if (*out != RQ_DT_COUNT) return RQ_OK;
    return rq_fail(RQ_EUNSUPPORTED, "element type '%s' is not one that requant knows", text);
}

static rq_status read_output(rq_value *value, const rq_xml *port)
{
    int64_t id = 0;
    RQ_TRY(rq_ir_require_number(&id, port, "id", INT32_MAX));
    char what[48];
    snprintf(what, sizeof what, "output port %" PRId64, id);
    rq_status status = read_precision(&value->dtype, port);
    if (status != RQ_OK) return rq_fail_prefix(status, "%s", what);
    RQ_TRY(read_shape(&value->shape, port, what));
    value->port_id = (uint32_t)id;
    value->names = rq_xml_attr(port, "names");
    value->rt_info = take_port_extra(port);
    return RQ_OK;
}

static rq_status count_ports(uint32_t *n, const rq_xml *list)
{
    *n = 0;
    for (const rq_xml *port = list ? list->first : NULL; port; port = port->next, ++*n)
        if (!is(port, "port"))
            return rq_fail(RQ_EFORMAT, "<%s> holds <%s>, expected <port>", list->name, port->name);
    return RQ_OK;
}

static rq_status read_ports(rq_graph *graph, rq_node *node, const parts *p)
{
    uint32_t i = 0;
    for (const rq_xml *port = p->input ? p->input->first : NULL; port; port = port->next)
        RQ_TRY(read_input(graph, node, i++, port));
    i = 0;
    for (const rq_xml *port = p->output ? p->output->first : NULL; port; port = port->next)
        RQ_TRY(read_output(graph->values[node->out[i++]], port));
    return RQ_OK;
}

static rq_status read_body(rq_graph *graph, rq_node *node, const rq_xml *element,
                           const rq_ir_file *file)
{
    rq_graph *body = NULL;
    RQ_TRY(rq_graph_add_body(&body, graph, node, element->name));
    rq_status status = rq_ir_read_net(body, element, file);
    return status == RQ_OK ? RQ_OK : rq_fail_prefix(status, "<%s>", element->name);
}

static rq_status sort_children(parts *p, const rq_xml *layer)
{
    for (const rq_xml *child = layer->first; child; child = child->next) {
        const rq_xml **part = is(child, "data")     ? &p->data
                              : is(child, "input")  ? &p->input
                              : is(child, "output") ? &p->output
                                                    : NULL;
        if (part && *part) return rq_fail(RQ_EFORMAT, "<%s> stands twice", child->name);
        if (part) *part = child;
    }
    return RQ_OK;
}

/* A body is known by its <layers>, whatever its name. */
static rq_status read_rest(rq_graph *graph, rq_node *node, const rq_xml *layer, const parts *p,
                           const rq_ir_file *file)
{
    rq_xml_list extra = {0};
    for (const rq_xml *child = layer->first, *next; child; child = next) {
        next = child->next;
        if (child == p->data || child == p->input || child == p->output) continue;
        if (rq_xml_child(child, "layers"))
            RQ_TRY(read_body(graph, node, child, file));
        else
            rq_xml_list_add(&extra, child);
    }
    node->extra = extra.first;
    return RQ_OK;
}

/* A port cannot say that the rank is unknown; a Parameter's data can. */
static void read_parameter_rank(rq_graph *graph, const rq_node *node)
{
    const char *shape = rq_node_attr(node, "shape");
    if (strcmp(node->type, "Parameter") == 0 && node->n_out == 1 && shape &&
        strcmp(shape, "...") == 0)
        graph->values[node->out[0]]->shape.rank = -1;
}

static rq_status read_identity(rq_graph *graph, rq_node *node, const rq_xml *layer)
{
    static const char *const own[] = {"id", "name", "type", "version", NULL};
    RQ_TRY(rq_ir_require_number(&node->layer_id, layer, "id", INT32_MAX));
    RQ_TRY(rq_ir_require_attr(&node->name, layer, "name"));
    RQ_TRY(rq_ir_require_attr(&node->type, layer, "type"));
    RQ_TRY(rq_ir_require_attr(&node->version, layer, "version"));
    RQ_TRY(rq_ir_other_attrs(&node->layer_attrs, &node->n_layer_attrs, graph->arena, layer, own));
    if (rq_map_get(graph->names, node->name) != RQ_NONE) return RQ_OK;
    return rq_map_put(graph->names, node->name, node->id);
}

static rq_status read_node(rq_graph *graph, const rq_xml *layer, const rq_ir_file *file)
{
    parts p = {0};
    rq_node *node = NULL;
    uint32_t n_in = 0, n_out = 0;
    RQ_TRY(sort_children(&p, layer));
    RQ_TRY(count_ports(&n_in, p.input));
    RQ_TRY(count_ports(&n_out, p.output));
    RQ_TRY(rq_graph_new_node(&node, graph, n_in, n_out));
    RQ_TRY(read_identity(graph, node, layer));
    if (p.data) {
        node->attrs = p.data->attrs;
        node->n_attrs = p.data->n_attrs;
    }
    RQ_TRY(read_ports(graph, node, &p));
    read_parameter_rank(graph, node);
    if (strcmp(node->type, "Const") == 0) RQ_TRY(rq_ir_read_const(graph, node, file));
    return read_rest(graph, node, layer, &p, file);
}

static const char *attr_or_unknown(const rq_xml *element, const char *name)
{
    const char *value = rq_xml_attr(element, name);
    return value ? value : "?";
}

rq_status rq_ir_read_layer(rq_graph *graph, const rq_xml *layer, const rq_ir_file *file)
{
    rq_status status = read_node(graph, layer, file);
    if (status == RQ_OK) return RQ_OK;
    return rq_fail_prefix(status, "layer %s '%s' (%s)", attr_or_unknown(layer, "id"),
                          attr_or_unknown(layer, "name"), attr_or_unknown(layer, "type"));
}
