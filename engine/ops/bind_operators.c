/* Which operator a layer is, and which layers have none. */
#include "engine/ops/bind_parts.h"
#include "engine/ops/extension.h"

#include <stdio.h>
#include <string.h>

int rq_opset_number(const char *version)
{
    int64_t n;
    if (!version || !rq_starts_with(version, "opset") || !rq_parse_i64(version + 5, &n)) return 0;
    return n >= 0 && n < 32 ? (int)n : 31;
}

#define NEWEST_OPSET 17 /* what newer ones changed is not known */

/* The form that opset n has of the operator, by the opset where it began; -1: none that is here. */
static int form_in(const rq_op *op, int n)
{
    if (op->opsets & RQ_OPSET(n)) return n;
    if (n > (op->last_opset ? op->last_opset : NEWEST_OPSET)) return -1;
    while (n > 0 && !(op->opsets & RQ_OPSET(n))) n--;
    return n > 0 ? n : -1;
}

const rq_op *rq_node_op(const rq_node *node)
{
    const rq_op *op = rq_op_find(node->type);
    if (op && op->opset) return strcmp(op->opset, node->version) ? NULL : op;
    return op && form_in(op, rq_opset_number(node->version)) >= 0 ? op : NULL;
}

int rq_node_version(const rq_node *node)
{
    const rq_op *op = rq_op_find(node->type);
    int n = rq_opset_number(node->version), form = op && !op->opset ? form_in(op, n) : n;
    return form >= 0 ? form : n;
}

#define MISSING_SHOWN 5 /* layer names per type */

static void begin_missing_type(rq_buf *text, const rq_node *node)
{
    rq_buf_append(text, "\n");
    rq_buf_printf_visible(text, "  %s (%s): ", node->type, node->version);
}

/* One line of the message for all layers of this node's type and version, unless an earlier node
 * already gave it. */
static void list_missing_type(rq_buf *text, const rq_graph *graph, const rq_node *node)
{
    size_t count = 0;
    for (size_t i = 0; i < graph->n_nodes; i++) {
        const rq_node *other = graph->nodes[i];
        if (!other || strcmp(other->type, node->type) || strcmp(other->version, node->version))
            continue;
        if (count == 0 && other != node) return;
        if (count == 0) begin_missing_type(text, node);
        if (count < MISSING_SHOWN)
            rq_buf_printf_visible(text, "%s'%s'", count ? ", " : "", other->name);
        count++;
    }
    if (count > MISSING_SHOWN) rq_buf_printf(text, " and %zu more", count - MISSING_SHOWN);
    if (rq_op_find(node->type)) rq_buf_append(text, " (known, but not in this opset)");
}

/* A layer of an extension that is not loaded; the IR may say which library it came from. */
static rq_status missing_extension(const rq_graph *graph, const rq_node *node)
{
    char place[128];
    snprintf(place, sizeof place, RQ_EXTENSION_RT_INFO "%s", node->type);
    const char *library = rq_graph_rt_info(graph, place);
    return rq_fail(RQ_EUNSUPPORTED, "%s: layer '%s': type %s of opset '%s': give --extensions%s%s",
                   graph->path, node->name, node->type, node->version, library ? " " : "",
                   library ? library : "");
}

/* The first; NULL: there is none. */
static const rq_node *find_missing_extension(const rq_graph *graph)
{
    for (size_t i = 0; i < graph->n_nodes; i++) {
        const rq_node *node = graph->nodes[i], *inner = NULL;
        if (!node) continue;
        for (size_t b = 0; b < node->n_bodies && !inner; b++)
            inner = find_missing_extension(node->bodies[b].graph);
        if (inner) return inner;
        bool custom = node->version && *node->version && !rq_opset_number(node->version);
        if (custom && !rq_op_find(node->type)) return node;
    }
    return NULL;
}

static size_t list_missing(rq_buf *text, const rq_graph *graph)
{
    size_t count = 0;
    for (size_t i = 0; i < graph->n_nodes; i++) {
        const rq_node *node = graph->nodes[i];
        if (!node) continue;
        for (size_t b = 0; b < node->n_bodies; b++)
            count += list_missing(text, node->bodies[b].graph);
        if (rq_node_op(node)) continue;
        list_missing_type(text, graph, node);
        count++;
    }
    return count;
}

rq_status rq_check_operators(const rq_graph *graph)
{
    const rq_node *custom = find_missing_extension(graph);
    if (custom) return missing_extension(graph, custom);
    rq_buf list = {0}, text = {0};
    size_t count = list_missing(&list, graph);
    rq_status status = RQ_OK;
    if (count) {
        rq_buf_printf_visible(&text,
                              "%s: %zu layer%s operators that requant does not have "
                              "(`requant ops` lists those it has):",
                              graph->path, count, count == 1 ? " uses" : "s use");
        rq_buf_append(&text, list.data);
        status = rq_fail_lines(RQ_EUNSUPPORTED, text.data ? text.data : "out of memory");
    }
    rq_buf_free(&list);
    rq_buf_free(&text);
    return status;
}
