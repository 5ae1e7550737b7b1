#include "engine/import/framework_edges.h"

#include <stdlib.h>
#include <string.h>

/* Counting sort of the edges by the node that they begin at. */
static rq_status list_edges(rq_node_edges *out, const rq_framework_model *s,
                            const rq_map *producers, rq_edge_direction direction)
{
    size_t n_edges = 0;
    uint32_t *fill = NULL;
    for (size_t i = 0; i < s->n_nodes; i++) n_edges += s->nodes[i].n_in;
    RQ_TRY(rq_calloc(&out->first, s->n_nodes + 2, sizeof *out->first, "edges"));
    RQ_TRY(rq_calloc(&out->to, n_edges, sizeof *out->to, "edges"));
    fill = out->first + 1; /* moves on as edges are placed; then first[i] is where i's begin */
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < s->n_nodes; i++)
            for (size_t k = 0; k < s->nodes[i].n_in; k++) {
                uint32_t p = rq_map_get(producers, s->nodes[i].in[k]);
                if (p == RQ_NONE) continue;
                bool forwards = direction == RQ_EDGES_FORWARDS;
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

rq_status rq_framework_edges_open(rq_framework_edges *e, const rq_framework_model *source,
                                  const rq_map *producers)
{
    *e = (rq_framework_edges){.source = source, .n_nodes = source->n_nodes};
    RQ_TRY(list_edges(&e->readers, source, producers, RQ_EDGES_FORWARDS));
    return list_edges(&e->read, source, producers, RQ_EDGES_BACKWARDS);
}

void rq_framework_edges_close(rq_framework_edges *e)
{
    free(e->readers.first);
    free(e->readers.to);
    free(e->read.first);
    free(e->read.to);
    *e = (rq_framework_edges){0};
}

rq_status rq_framework_edges_reach(bool *marked, const rq_framework_edges *e,
                                   rq_edge_direction direction, const char *stop)
{
    const rq_node_edges *edges = direction == RQ_EDGES_FORWARDS ? &e->readers : &e->read;
    size_t depth = 0;
    uint32_t *stack;
    RQ_TRY(rq_calloc(&stack, e->n_nodes, sizeof *stack, "nodes that are reached"));
    for (size_t i = 0; i < e->n_nodes; i++)
        if (marked[i]) stack[depth++] = (uint32_t)i;
    while (depth) {
        uint32_t node = stack[--depth];
        if (stop && !strcmp(e->source->nodes[node].type, stop)) continue;
        for (uint32_t k = edges->first[node]; k < edges->first[node + 1]; k++) {
            if (marked[edges->to[k]]) continue;
            marked[edges->to[k]] = true;
            stack[depth++] = edges->to[k];
        }
    }
    free(stack);
    return RQ_OK;
}

rq_status rq_framework_edges_from_inputs(bool *marked, const rq_framework_edges *e)
{
    const rq_framework_model *s = e->source;
    rq_map *inputs = NULL;
    rq_status status = rq_map_create(&inputs);
    for (size_t i = 0; i < s->n_inputs && status == RQ_OK; i++)
        status = rq_map_put(inputs, s->inputs[i].name, 0);
    for (size_t i = 0; i < e->n_nodes && status == RQ_OK; i++)
        for (size_t k = 0; k < s->nodes[i].n_in; k++)
            if (rq_map_get(inputs, s->nodes[i].in[k]) != RQ_NONE) marked[i] = true;
    rq_map_destroy(&inputs);
    RQ_TRY(status);
    return rq_framework_edges_reach(marked, e, RQ_EDGES_FORWARDS, NULL);
}

rq_status rq_framework_edges_between(bool *between, const rq_framework_edges *e, const bool *begin,
                                     const bool *end)
{
    bool *after = NULL, *before;
    size_t n = e->n_nodes;
    RQ_TRY(rq_calloc(&after, n, 2 * sizeof *after, "nodes between points"));
    before = after + n;
    memcpy(after, begin, n * sizeof *after);
    memcpy(before, end, n * sizeof *before);
    rq_status status = rq_framework_edges_reach(after, e, RQ_EDGES_FORWARDS, NULL);
    if (status == RQ_OK) status = rq_framework_edges_reach(before, e, RQ_EDGES_BACKWARDS, NULL);
    for (size_t i = 0; i < n && status == RQ_OK; i++) between[i] = after[i] && before[i];
    free(after);
    return status;
}
