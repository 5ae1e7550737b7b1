/* The network as a few nodes: layers with weights, and where their values meet. */
#include "engine/ops/operators.h"
#include "engine/workbench/report/report_build.h"
#include "reports/fields.h"

typedef struct drawing {
    const rq_report_facts *facts;
    rq_arena *arena;
    bool *is_layer; /* by node id */
    size_t *source; /* by value id: position + 1 of the drawn node it comes from; 0: constant */
    rq_report *out;
} drawing;

#define NOWHERE 0

static rq_status open_drawing(drawing *d)
{
    const rq_graph *graph = d->facts->before;
    d->is_layer = rq_arena_alloc(d->arena, graph->n_nodes, sizeof *d->is_layer);
    d->source = rq_arena_alloc(d->arena, graph->n_values, sizeof *d->source);
    d->out->graph = rq_report_rows(d->arena, &rq_node_type, d->facts->bound->n_order);
    if (!d->is_layer || !d->source || !d->out->graph) return RQ_ENOMEM;
    const rq_layer_compare *compare = d->facts->evaluation->layers;
    for (size_t i = 0; i < rq_layer_compare_count(compare); i++)
        d->is_layer[rq_layer_compare_at(compare, i)->node] = true;
    return RQ_OK;
}

/* The different drawn nodes that a node reads, into list[n_in]; how many. */
static size_t list_sources(const drawing *d, const rq_node *node, double *list)
{
    size_t n = 0;
    for (uint32_t p = 0; p < node->n_in; p++) {
        if (node->in[p] == RQ_NONE || d->source[node->in[p]] == NOWHERE) continue;
        double at = (double)(d->source[node->in[p]] - 1);
        size_t k = 0;
        while (k < n && list[k] != at) k++;
        if (k == n) list[n++] = at;
    }
    return n;
}

static rq_status visit(drawing *d, const rq_node *node)
{
    double *sources = rq_arena_alloc(d->arena, node->n_in, sizeof *sources);
    if (!sources) return RQ_ENOMEM;
    size_t n = list_sources(d, node, sources);
    bool input = rq_node_is(node, &rq_op_Parameter), output = rq_node_is(node, &rq_op_Result);
    size_t from = n ? (size_t)sources[0] + 1 : NOWHERE;
    if (d->is_layer[node->id] || n > 1 || input || output) {
        d->out->graph[d->out->n_graph++] = (rq_report_node){node->name, node->type, {sources, n}};
        from = d->out->n_graph;
    }
    for (uint32_t p = 0; p < node->n_out; p++) d->source[node->out[p]] = from;
    return RQ_OK;
}

rq_status rq_report_build_graph(rq_report *out, const rq_report_facts *facts, rq_arena *arena)
{
    drawing d = {.facts = facts, .arena = arena, .out = out};
    if (!facts->evaluation || !facts->evaluation->layers) return RQ_OK;
    RQ_TRY(open_drawing(&d));
    for (size_t i = 0; i < facts->bound->n_order; i++)
        RQ_TRY(visit(&d, facts->before->nodes[facts->bound->order[i]]));
    return RQ_OK;
}
