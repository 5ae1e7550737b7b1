/* Questions to a graph: find by name, who uses what, lists. */
#include "engine/base/mem.h"
#include "engine/base/text.h"
#include "engine/ir/graph.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

rq_node *rq_graph_find(const rq_graph *graph, const char *layer_name)
{
    for (size_t i = 0; i < graph->n_nodes; i++)
        if (graph->nodes[i] && strcmp(graph->nodes[i]->name, layer_name) == 0)
            return graph->nodes[i];
    return NULL;
}

/* Moves *at behind the next of the characters of one name in a list, "\," standing for a comma.
 * NUL at the name's end. */
static char next_char(const char **at)
{
    if (**at == '\0' || **at == ',') return '\0';
    if (**at == '\\' && (*at)[1] == ',') ++*at;
    return *(*at)++;
}

static bool list_has(const char *names, const char *name)
{
    for (const char *at = names; at && *at; at++) {
        const char *wanted = name;
        char c;
        bool equal = true;
        while ((c = next_char(&at))) equal = equal && *wanted && *wanted++ == c;
        if (equal && *wanted == '\0') return true;
        if (*at == '\0') break;
    }
    return false;
}

/* "layer.2" or "layer:2" */
static rq_id find_numbered(const rq_graph *graph, const char *name)
{
    size_t digits = strlen(name);
    while (digits > 0 && strchr("0123456789", name[digits - 1])) digits--;
    int64_t index;
    if (digits < 2 || !name[digits] || !strchr(".:", name[digits - 1]) ||
        !rq_parse_i64(name + digits, &index))
        return RQ_NONE;
    size_t length = digits - 1;
    for (size_t i = 0; i < graph->n_nodes; i++) {
        const rq_node *node = graph->nodes[i];
        if (node && strlen(node->name) == length && memcmp(node->name, name, length) == 0)
            return index < node->n_out ? node->out[index] : RQ_NONE;
    }
    return RQ_NONE;
}

rq_id rq_graph_find_value(const rq_graph *graph, const char *name)
{
    for (size_t i = 0; i < graph->n_values; i++)
        if (graph->values[i] && list_has(graph->values[i]->names, name)) return (rq_id)i;
    const rq_node *node = rq_graph_find(graph, name);
    if (node) return node->n_out > 0 ? node->out[0] : RQ_NONE;
    return find_numbered(graph, name);
}

bool rq_parameter_is_named(const rq_graph *graph, const rq_node *parameter, const char *name)
{
    return !strcmp(parameter->name, name) || rq_graph_find_value(graph, name) == parameter->out[0];
}

const rq_node *rq_graph_find_parameter(const rq_graph *graph, const char *name)
{
    for (size_t i = 0; i < graph->n_nodes; i++) {
        const rq_node *node = graph->nodes[i];
        if (node && !strcmp(node->type, "Parameter") && rq_parameter_is_named(graph, node, name))
            return node;
    }
    return NULL;
}

const char *rq_value_name(const rq_graph *graph, rq_id value, char *buffer, size_t size)
{
    const rq_value *v = graph->values[value];
    const rq_node *node = graph->nodes[v->producer];
    if (v->names && *v->names) {
        const char *at = v->names;
        size_t n = 0;
        char c;
        while ((c = next_char(&at)))
            if (n + 1 < size) buffer[n++] = c;
        buffer[n] = '\0';
    } else if (node->n_out > 1) {
        snprintf(buffer, size, "%s.%" PRIu32, node->name, v->index);
    } else {
        snprintf(buffer, size, "%s", node->name);
    }
    return buffer;
}

/* first[v + 1] counts, then becomes the end of v's uses. */
static void count_uses(uint32_t *first, const rq_graph *graph)
{
    for (size_t i = 0; i < graph->n_nodes; i++) {
        const rq_node *node = graph->nodes[i];
        for (uint32_t k = 0; node && k < node->n_in; k++)
            if (node->in[k] != RQ_NONE) first[node->in[k] + 1]++;
    }
    for (size_t v = 0; v < graph->n_values; v++) first[v + 1] += first[v];
}

static void fill_uses(rq_use *uses, uint32_t *at, const rq_graph *graph)
{
    for (size_t i = 0; i < graph->n_nodes; i++) {
        const rq_node *node = graph->nodes[i];
        for (uint32_t k = 0; node && k < node->n_in; k++)
            if (node->in[k] != RQ_NONE) uses[at[node->in[k]]++] = (rq_use){node->id, k};
    }
}

rq_status rq_uses_create(rq_uses *out, const rq_graph *graph)
{
    size_t n = graph->n_values;
    uint32_t *at = NULL;
    rq_uses uses = {0};
    rq_status status;
    RQ_TRY_GOTO(rq_calloc(&uses.first, n + 1, sizeof *uses.first, "uses of values"), fail);
    count_uses(uses.first, graph);
    RQ_TRY_GOTO(rq_calloc(&uses.uses, uses.first[n], sizeof *uses.uses, "uses of values"), fail);
    RQ_TRY_GOTO(rq_calloc(&at, n + 1, sizeof *at, "uses of values"), fail);
    memcpy(at, uses.first, (n + 1) * sizeof *at);
    fill_uses(uses.uses, at, graph);
    free(at);
    *out = uses;
    return RQ_OK;
fail:
    rq_uses_free(&uses);
    return status;
}

void rq_uses_free(rq_uses *uses)
{
    free(uses->first);
    free(uses->uses);
    *uses = (rq_uses){0};
}

void rq_graph_replace_uses(rq_graph *graph, rq_id old_value, rq_id new_value, rq_id except)
{
    for (size_t i = 0; i < graph->n_nodes; i++) {
        rq_node *node = graph->nodes[i];
        if (!node || node->id == except) continue;
        for (uint32_t k = 0; k < node->n_in; k++)
            if (node->in[k] == old_value) node->in[k] = new_value;
    }
}

rq_status rq_graph_list(rq_id **nodes, size_t *n, const rq_graph *graph, const char *type)
{
    rq_id *list = NULL;
    size_t count = 0;
    RQ_TRY(rq_calloc(&list, graph->n_nodes, sizeof *list, "a list of layers"));
    for (size_t i = 0; i < graph->n_nodes; i++)
        if (graph->nodes[i] && strcmp(graph->nodes[i]->type, type) == 0) list[count++] = (rq_id)i;
    *nodes = list;
    *n = count;
    return RQ_OK;
}
