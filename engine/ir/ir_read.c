/* Reading an IR: the two files and the net. */
#include "engine/ir/ir.h"

#include "engine/base/file.h"
#include "engine/base/text.h"
#include "engine/ir/ir_read.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

rq_status rq_ir_require_attr(const char **out, const rq_xml *element, const char *name)
{
    *out = rq_xml_attr(element, name);
    if (*out) return RQ_OK;
    return rq_fail(RQ_EFORMAT, "<%s> has no attribute '%s'", element->name, name);
}

rq_status rq_ir_require_number(int64_t *out, const rq_xml *element, const char *name, int64_t max)
{
    const char *text = NULL;
    RQ_TRY(rq_ir_require_attr(&text, element, name));
    if (rq_parse_i64(text, out) && *out >= 0 && *out <= max) return RQ_OK;
    return rq_fail(RQ_EFORMAT, "<%s> has %s=\"%s\", expected a number from 0 to %" PRId64,
                   element->name, name, text, max);
}

static bool is_known(const char *name, const char *const *known)
{
    while (*known && strcmp(*known, name) != 0) known++;
    return *known != NULL;
}

rq_status rq_ir_other_attrs(rq_attr **out, size_t *n, rq_arena *arena, const rq_xml *element,
                            const char *const *known)
{
    rq_attr *attrs = rq_arena_alloc(arena, element->n_attrs, sizeof *attrs);
    if (!attrs) return RQ_ENOMEM;
    size_t count = 0;
    for (size_t i = 0; i < element->n_attrs; i++)
        if (!is_known(element->attrs[i].name, known)) attrs[count++] = element->attrs[i];
    *out = attrs;
    *n = count;
    return RQ_OK;
}

void rq_xml_list_add(rq_xml_list *list, const rq_xml *element)
{
    rq_xml *added = (rq_xml *)(uintptr_t)element; /* the tree is the reader's own */
    added->next = NULL;
    if (list->last)
        list->last->next = added;
    else
        list->first = added;
    list->last = added;
}

static rq_status read_layers(rq_graph *graph, const rq_xml *layers, const rq_ir_file *file)
{
    for (const rq_xml *layer = layers->first; layer; layer = layer->next) {
        if (strcmp(layer->name, "layer") != 0)
            return rq_fail(RQ_EFORMAT, "<layers> holds <%s>, expected <layer>", layer->name);
        RQ_TRY(rq_ir_read_layer(graph, layer, file));
    }
    return RQ_OK;
}

static rq_status check_order(const rq_graph *graph)
{
    rq_id *order = NULL;
    size_t n = 0;
    RQ_TRY(rq_graph_order(&order, &n, graph, false));
    free(order);
    return RQ_OK;
}

rq_status rq_ir_read_net(rq_graph *graph, const rq_xml *net, const rq_ir_file *file)
{
    static const char *const own[] = {"name", "version", NULL};
    static const char *const own_of_body[] = {"name", NULL};
    rq_xml_list extra = {0};
    const rq_xml *layers = NULL, *edges = NULL;
    const char *name = rq_xml_attr(net, "name");
    if (name) graph->name = name;
    rq_attr *attrs = NULL;
    RQ_TRY(rq_ir_other_attrs(&attrs, &graph->n_net_attrs, graph->arena, net,
                             graph->is_body ? own_of_body : own));
    graph->net_attrs = attrs;
    for (const rq_xml *child = net->first, *next; child; child = next) {
        next = child->next;
        const rq_xml **part = strcmp(child->name, "layers") == 0  ? &layers
                              : strcmp(child->name, "edges") == 0 ? &edges
                                                                  : NULL;
        if (part && *part)
            return rq_fail(RQ_EFORMAT, "<%s> holds <%s> twice", net->name, child->name);
        if (part)
            *part = child;
        else
            rq_xml_list_add(&extra, child);
    }
    graph->extra = extra.first;
    if (!layers) return rq_fail(RQ_EFORMAT, "<%s> holds no <layers>", net->name);
    RQ_TRY(read_layers(graph, layers, file));
    RQ_TRY(rq_ir_read_edges(graph, edges));
    return check_order(graph);
}

static rq_status check_net(int *version, const rq_xml *root)
{
    int64_t number = 0;
    if (strcmp(root->name, "net") != 0)
        return rq_fail(RQ_EFORMAT,
                       "not an OpenVINO IR: the outermost element is <%s>, expected "
                       "<net>",
                       root->name);
    RQ_TRY(rq_ir_require_number(&number, root, "version", INT32_MAX));
    if (number != 10 && number != 11)
        return rq_fail(RQ_EUNSUPPORTED, "IR version %" PRId64 ", requant reads 10 and 11%s", number,
                       number < 10 ? " (convert the original model again with OpenVINO 2022 or "
                                     "later)"
                                   : "");
    *version = (int)number;
    return RQ_OK;
}

/* The graph's own, as long as it is not loaded. */
static rq_status open_bin(rq_graph *graph, const char *bin_path)
{
    rq_open_file *file = rq_arena_alloc(graph->arena, 1, sizeof *file);
    const char *path = rq_arena_strdup(graph->arena, bin_path);
    if (!file || !path) return RQ_ENOMEM;
    RQ_TRY(rq_file_open(file, path));
    graph->bin_file = file;
    return RQ_OK;
}

static rq_status read_files(rq_graph *graph, const rq_mapping *xml, const char *bin_path)
{
    const rq_xml *root = NULL;
    RQ_TRY(rq_xml_parse(&root, graph->arena, (const char *)xml->data, xml->size, graph->path));
    if (rq_is_file(bin_path)) RQ_TRY(open_bin(graph, bin_path));
    const rq_ir_file file = {.bin_path = bin_path, .bin = graph->bin_file};
    rq_status status = check_net(&graph->ir_version, root);
    if (status == RQ_OK) status = rq_ir_read_net(graph, root, &file);
    return status == RQ_OK ? RQ_OK : rq_fail_prefix(status, "%s", graph->path);
}

static rq_status read_graph(rq_graph *graph, const char *xml_path)
{
    graph->path = rq_arena_strdup(graph->arena, xml_path);
    if (!graph->path) return RQ_ENOMEM;
    rq_mapping xml = {0};
    RQ_TRY(rq_map_file(&xml, xml_path));
    char *bin_path = rq_path_with_suffix(xml_path, ".xml", ".bin");
    rq_status status =
        bin_path ? read_files(graph, &xml, bin_path) : rq_fail_memory(strlen(xml_path), "a path");
    free(bin_path);
    rq_unmap_file(&xml);
    return status;
}

rq_status rq_ir_read(rq_graph **out, const char *xml_path)
{
    RQ_TRY(rq_ir_open(out, xml_path));
    rq_status status = rq_graph_load(*out);
    if (status != RQ_OK) rq_graph_destroy(out);
    return status;
}

rq_status rq_ir_open(rq_graph **out, const char *xml_path)
{
    rq_graph *graph = NULL;
    RQ_TRY(rq_graph_create(&graph, ""));
    rq_status status = read_graph(graph, xml_path);
    if (status != RQ_OK) {
        rq_graph_destroy(&graph);
        return status;
    }
    *out = graph;
    return RQ_OK;
}
