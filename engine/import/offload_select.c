#include "engine/import/offload_select.h"

#include "engine/base/formats/json.h"
#include "engine/base/text.h"

#include <stdlib.h>
#include <string.h>

/* -- the graph -------------------------------------------------------------------------------- */

static uint32_t producer_of(const rq_offload_graph *g, size_t node, size_t input)
{
    return rq_map_get(g->producers, g->source->nodes[node].in[input]);
}

/* Counting sort of the edges by the node that they begin at. */
static rq_status list_edges(rq_node_edges *out, const rq_offload_graph *g, bool forwards)
{
    const rq_framework_model *s = g->source;
    size_t n_edges = 0;
    uint32_t *fill = NULL;
    for (size_t i = 0; i < s->n_nodes; i++) n_edges += s->nodes[i].n_in;
    RQ_TRY(rq_calloc(&out->first, s->n_nodes + 2, sizeof *out->first, "edges"));
    RQ_TRY(rq_calloc(&out->to, n_edges, sizeof *out->to, "edges"));
    fill = out->first + 1; /* moves on as edges are placed; then first[i] is where i's begin */
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < s->n_nodes; i++)
            for (size_t k = 0; k < s->nodes[i].n_in; k++) {
                uint32_t p = producer_of(g, i, k);
                if (p == RQ_NONE) continue;
                uint32_t from = forwards ? p : (uint32_t)i, to = forwards ? (uint32_t)i : p;
                if (pass)
                    out->to[fill[from]++] = to;
                else
                    fill[from + 1]++;
            }
        for (size_t i = 1; !pass && i <= s->n_nodes; i++) fill[i] += fill[i - 1];
    }
    return RQ_OK;
}

/* Marks what is reached from the marked nodes, not beyond nodes of type `stop`. */
static rq_status reach(uint8_t *marked, const rq_offload_graph *g, bool forwards, const char *stop)
{
    const rq_node_edges *edges = forwards ? &g->readers : &g->read;
    size_t n = g->source->n_nodes, depth = 0;
    uint32_t *stack;
    RQ_TRY(rq_calloc(&stack, n, sizeof *stack, "nodes of a part"));
    for (size_t i = 0; i < n; i++)
        if (marked[i]) stack[depth++] = (uint32_t)i;
    while (depth) {
        uint32_t node = stack[--depth];
        if (stop && !strcmp(g->source->nodes[node].type, stop)) continue;
        for (uint32_t e = edges->first[node]; e < edges->first[node + 1]; e++) {
            if (marked[edges->to[e]]) continue;
            marked[edges->to[e]] = 1;
            stack[depth++] = edges->to[e];
        }
    }
    free(stack);
    return RQ_OK;
}

static rq_status mark_inputs(rq_offload_graph *g)
{
    const rq_framework_model *s = g->source;
    rq_map *inputs = NULL;
    rq_status status = rq_map_create(&inputs);
    for (size_t i = 0; i < s->n_inputs && status == RQ_OK; i++)
        status = rq_map_put(inputs, s->inputs[i].name, 0);
    for (size_t i = 0; i < s->n_nodes && status == RQ_OK; i++)
        for (size_t k = 0; k < s->nodes[i].n_in; k++)
            if (rq_map_get(inputs, s->nodes[i].in[k]) != RQ_NONE) g->from_inputs[i] = 1;
    rq_map_destroy(&inputs);
    RQ_TRY(status);
    return reach(g->from_inputs, g, true, NULL);
}

/* From Enter to Exit. */
static rq_status mark_loops(rq_offload_graph *g)
{
    for (size_t i = 0; i < g->source->n_nodes; i++)
        g->in_loop[i] = !strcmp(g->source->nodes[i].type, "Enter");
    RQ_TRY(reach(g->in_loop, g, true, "Exit"));
    for (size_t i = 0; i < g->source->n_nodes; i++)
        if (!strcmp(g->source->nodes[i].type, "Exit")) g->in_loop[i] = 0;
    return RQ_OK;
}

rq_status rq_offload_graph_open(rq_offload_graph *g, const rq_framework_model *source)
{
    *g = (rq_offload_graph){.source = source};
    RQ_TRY(rq_map_create(&g->producers));
    for (size_t i = 0; i < source->n_nodes; i++)
        for (size_t k = 0; k < source->nodes[i].n_out; k++)
            if (source->nodes[i].out[k][0])
                RQ_TRY(rq_map_put(g->producers, source->nodes[i].out[k], (uint32_t)i));
    RQ_TRY(list_edges(&g->readers, g, true));
    RQ_TRY(list_edges(&g->read, g, false));
    RQ_TRY(rq_calloc(&g->from_inputs, source->n_nodes, 1, "nodes"));
    RQ_TRY(rq_calloc(&g->in_loop, source->n_nodes, 1, "nodes"));
    RQ_TRY(mark_inputs(g));
    return mark_loops(g);
}

void rq_offload_graph_close(rq_offload_graph *g)
{
    rq_map_destroy(&g->producers);
    free(g->readers.first);
    free(g->readers.to);
    free(g->read.first);
    free(g->read.to);
    free(g->from_inputs);
    free(g->in_loop);
}

/* -- the part --------------------------------------------------------------------------------- */

/* Nodes that both sets have. */
static bool intersect(uint8_t *part, const uint8_t *a, const uint8_t *b, size_t n)
{
    bool any = false;
    for (size_t i = 0; i < n; i++) any |= part[i] = a[i] && b[i];
    return any;
}

/* What is reached from `begin` forwards and from `end` backwards, both included. */
static rq_status between(uint8_t *part, const rq_offload_graph *g, const uint8_t *begin,
                         const uint8_t *end)
{
    size_t n = g->source->n_nodes;
    uint8_t *forwards = NULL, *backwards = NULL;
    rq_status status = rq_calloc(&forwards, n, 1, "nodes of a part");
    if (status == RQ_OK) status = rq_calloc(&backwards, n, 1, "nodes of a part");
    if (status == RQ_OK) {
        memcpy(forwards, begin, n);
        memcpy(backwards, end, n);
        status = reach(forwards, g, true, NULL);
    }
    if (status == RQ_OK) status = reach(backwards, g, false, NULL);
    if (status == RQ_OK && !intersect(part, forwards, backwards, n))
        status = rq_fail(RQ_EARG, "no node lies between the start and the end points");
    free(forwards);
    free(backwards);
    return status;
}

static rq_status mark_name(uint8_t *marked, const rq_offload_graph *g, const char *name)
{
    size_t length = strcspn(name, ":"); /* "name:0" is the node, too */
    for (size_t i = 0; i < g->source->n_nodes; i++) {
        const char *own = g->source->nodes[i].name;
        if (strncmp(own, name, length) != 0 || own[length]) continue;
        marked[i] = 1;
        return RQ_OK;
    }
    return rq_fail(RQ_EARG, "there is no node '%s'", name);
}

static rq_status mark_list(uint8_t *marked, const rq_offload_graph *g, const rq_json *json,
                           const char *key)
{
    const rq_json *list = rq_json_get(json, key);
    const rq_json *instances = rq_json_get(json, "instances");
    if (!list && instances) list = rq_json_get(instances, key);
    if (!rq_json_is_array(list) || !rq_json_length(list))
        return rq_fail(RQ_EFORMAT, "expected \"%s\": [names]", key);
    for (size_t i = 0; i < rq_json_length(list); i++)
        RQ_TRY(mark_name(marked, g, rq_json_as_string(rq_json_at(list, i), "")));
    return RQ_OK;
}

static rq_status select_points(uint8_t *part, const rq_offload_graph *g, const rq_json *json)
{
    size_t n = g->source->n_nodes;
    uint8_t *begin = NULL, *end = NULL;
    const rq_json *one = rq_json_is_array(json) ? rq_json_at(json, 0) : json;
    rq_status status = rq_calloc(&begin, n, 1, "nodes of a part");
    if (status == RQ_OK) status = rq_calloc(&end, n, 1, "nodes of a part");
    if (status == RQ_OK) status = mark_list(begin, g, one, "start_points");
    if (status == RQ_OK) status = mark_list(end, g, one, "end_points");
    if (status == RQ_OK) status = between(part, g, begin, end);
    free(begin);
    free(end);
    return status;
}

static rq_status select_from_file(uint8_t *part, const rq_offload_graph *g, const char *path)
{
    rq_json *json = NULL;
    RQ_TRY(rq_json_load(&json, path));
    rq_status status = select_points(part, g, json);
    rq_json_free(&json);
    return status == RQ_OK ? RQ_OK : rq_fail_prefix(status, "%s", path);
}

static rq_status select_scope(uint8_t *part, const rq_offload_graph *g, const char *prefix)
{
    bool any = false;
    for (size_t i = 0; i < g->source->n_nodes; i++)
        any |= part[i] = rq_starts_with(g->source->nodes[i].name, prefix);
    if (!*prefix || !any) return rq_fail(RQ_EARG, "no node's name begins with '%s'", prefix);
    return RQ_OK;
}

rq_status rq_offload_select(uint8_t *part, const rq_offload_graph *g, const char *text)
{
    if (rq_ends_with(text, ".json")) return select_from_file(part, g, text);
    RQ_TRY(select_scope(part, g, text));
    return between(part, g, part, part);
}
