#include "engine/import/offload_select.h"

#include "engine/base/formats/json.h"
#include "engine/base/text.h"

#include <stdlib.h>
#include <string.h>

/* -- the graph -------------------------------------------------------------------------------- */

/* From Enter to Exit. */
static rq_status mark_loops(rq_offload_graph *g)
{
    for (size_t i = 0; i < g->source->n_nodes; i++)
        g->in_loop[i] = !strcmp(g->source->nodes[i].type, "Enter");
    RQ_TRY(rq_framework_edges_reach(g->in_loop, &g->edges, RQ_EDGES_FORWARDS, "Exit"));
    for (size_t i = 0; i < g->source->n_nodes; i++)
        if (!strcmp(g->source->nodes[i].type, "Exit")) g->in_loop[i] = false;
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
    RQ_TRY(rq_framework_edges_open(&g->edges, source, g->producers));
    RQ_TRY(rq_calloc(&g->from_inputs, source->n_nodes, sizeof *g->from_inputs, "nodes"));
    RQ_TRY(rq_calloc(&g->in_loop, source->n_nodes, sizeof *g->in_loop, "nodes"));
    RQ_TRY(rq_framework_edges_from_inputs(g->from_inputs, &g->edges));
    return mark_loops(g);
}

void rq_offload_graph_close(rq_offload_graph *g)
{
    rq_map_destroy(&g->producers);
    rq_framework_edges_close(&g->edges);
    free(g->from_inputs);
    free(g->in_loop);
}

/* -- the part --------------------------------------------------------------------------------- */

static rq_status between(bool *part, const rq_offload_graph *g, const bool *begin, const bool *end)
{
    bool any = false;
    RQ_TRY(rq_framework_edges_between(part, &g->edges, begin, end));
    for (size_t i = 0; i < g->source->n_nodes; i++) any |= part[i];
    return any ? RQ_OK : rq_fail(RQ_EARG, "no node lies between the start and the end points");
}

static rq_status mark_name(bool *marked, const rq_offload_graph *g, const char *name)
{
    size_t length = strcspn(name, ":"); /* "name:0" is the node, too */
    for (size_t i = 0; i < g->source->n_nodes; i++) {
        const char *own = g->source->nodes[i].name;
        if (strncmp(own, name, length) != 0 || own[length]) continue;
        marked[i] = true;
        return RQ_OK;
    }
    return rq_fail(RQ_EARG, "there is no node '%s'", name);
}

static rq_status mark_list(bool *marked, const rq_offload_graph *g, const rq_json *json,
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

static rq_status select_points(bool *part, const rq_offload_graph *g, const rq_json *json)
{
    size_t n = g->source->n_nodes;
    bool *begin = NULL, *end = NULL;
    const rq_json *one = rq_json_is_array(json) ? rq_json_at(json, 0) : json;
    rq_status status = rq_calloc(&begin, n, sizeof *begin, "nodes of a part");
    if (status == RQ_OK) status = rq_calloc(&end, n, sizeof *end, "nodes of a part");
    if (status == RQ_OK) status = mark_list(begin, g, one, "start_points");
    if (status == RQ_OK) status = mark_list(end, g, one, "end_points");
    if (status == RQ_OK) status = between(part, g, begin, end);
    free(begin);
    free(end);
    return status;
}

static rq_status select_from_file(bool *part, const rq_offload_graph *g, const char *path)
{
    rq_json *json = NULL;
    RQ_TRY(rq_json_load(&json, path));
    rq_status status = select_points(part, g, json);
    rq_json_free(&json);
    return status == RQ_OK ? RQ_OK : rq_fail_prefix(status, "%s", path);
}

static rq_status select_scope(bool *part, const rq_offload_graph *g, const char *prefix)
{
    bool any = false;
    for (size_t i = 0; i < g->source->n_nodes; i++)
        any |= part[i] = rq_starts_with(g->source->nodes[i].name, prefix);
    if (!*prefix || !any) return rq_fail(RQ_EARG, "no node's name begins with '%s'", prefix);
    return RQ_OK;
}

rq_status rq_offload_select(bool *part, const rq_offload_graph *g, const char *text)
{
    if (rq_ends_with(text, ".json")) return select_from_file(part, g, text);
    RQ_TRY(select_scope(part, g, text));
    return between(part, g, part, part);
}
