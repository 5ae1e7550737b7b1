/* Questions to a graph: find by name, who uses what, lists. */
#include "engine/base/mem.h"
#include "engine/base/text.h"
#include "engine/ir/graph.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_DIGITS 12 /* of an output's number: more than it has */

rq_node *rq_graph_find(const rq_graph *graph, const char *layer_name)
{
    for (size_t i = 0; i < graph->n_nodes; i++)
        if (graph->nodes[i] && strcmp(graph->nodes[i]->name, layer_name) == 0)
            return graph->nodes[i];
    return NULL;
}

static bool same_attrs(const rq_node *a, const rq_node *b)
{
    if (a->n_attrs != b->n_attrs) return false;
    for (size_t i = 0; i < a->n_attrs; i++)
        if (strcmp(a->attrs[i].name, b->attrs[i].name) != 0 ||
            strcmp(a->attrs[i].value, b->attrs[i].value) != 0)
            return false;
    return true;
}

static bool same_bytes(const void *a, size_t n_a, const void *b, size_t n_b)
{
    return n_a == n_b && (n_a == 0 || a == b || !memcmp(a, b, n_a));
}

static bool same_data(const rq_node *a, const rq_node *b)
{
    if (a->data && b->data) return same_bytes(a->data, a->data_bytes, b->data, b->data_bytes);
    return a->data == b->data && a->source == b->source;
}

bool rq_node_is_same(const rq_node *a, const rq_node *b)
{
    return !strcmp(a->type, b->type) && !strcmp(a->version, b->version) && same_attrs(a, b) &&
           a->n_out == b->n_out && same_data(a, b) &&
           same_bytes(a->in, a->n_in * sizeof *a->in, b->in, b->n_in * sizeof *b->in);
}

/* Moves *at behind the next of the characters of one name in a list, "\," standing for a comma.
 * NUL at the name's end. */
static char next_char(const char **at)
{
    if (**at == '\0' || **at == ',') return '\0';
    if (**at == '\\' && (*at)[1] == ',') ++*at;
    return *(*at)++;
}

/* Behind the comma that ends the name at `at` in the list `names`; NULL where it is the last. */
static const char *next_name(const char *names, const char *at)
{
    while ((at = strchr(at, ',')) && at > names && at[-1] == '\\') at++;
    return at ? at + 1 : NULL;
}

/* Most names differ in a character that is soon found: graphs have thousands. */
static bool list_has(const char *names, const char *name)
{
    for (const char *at = names; at && *at; at = next_name(names, at)) {
        const char *wanted = name;
        char c;
        while ((c = next_char(&at)) && c == *wanted) wanted++;
        if (c == '\0' && *wanted == '\0') return true;
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

/* Its first tensor name; whether it has one that is its own. One that is cut is taken for that. */
static bool put_tensor_name(const rq_graph *graph, const rq_value *value, char *buffer, size_t size)
{
    const char *at = value->names;
    size_t n = 0;
    char c;
    if (!at || !*at) return false;
    while ((c = next_char(&at)))
        if (n + 1 < size) buffer[n++] = c;
    buffer[n] = '\0';
    rq_id found = rq_graph_find_value(graph, buffer);
    return found == value->id || found == RQ_NONE;
}

/* Importers name a layer after the tensor of the framework that it helps to compute, which may be
 * the output of a layer behind it, and Model Optimizer gives two tensors one name. Zeros before the
 * number make another name where a layer or a tensor is called "layer.0", too. */
const char *rq_value_name(const rq_graph *graph, rq_id value, char *buffer, size_t size)
{
    const rq_value *v = graph->values[value];
    const rq_node *node = graph->nodes[v->producer];
    if (put_tensor_name(graph, v, buffer, size)) return buffer;
    if (node->n_out == 1) {
        snprintf(buffer, size, "%s", node->name);
        if (rq_graph_find_value(graph, buffer) == value) return buffer;
    }
    for (int digits = 1; digits <= MAX_DIGITS; digits++) {
        snprintf(buffer, size, "%s.%0*" PRIu32, node->name, digits, v->index);
        if (rq_graph_find_value(graph, buffer) == value) break;
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
