/* Orders of nodes: a depth-first walk against the edges, with its own stack. */
#include "engine/base/mem.h"
#include "engine/base/text.h"
#include "engine/ir/graph_build.h"

#include <stdlib.h>

enum { NEW, OPEN, DONE };
enum { MAX_NAMED = 8 }; /* layers of a cycle that a message names */

typedef struct walk {
    const rq_graph *graph;
    bool made_only;
    uint8_t *state;
    rq_id *stack;   /* the open nodes, each a consumer of the next */
    uint32_t *next; /* the next input of each to look at */
    size_t depth;
    rq_id *order;
    size_t n;
} walk;

static void enter(walk *w, rq_id id)
{
    w->state[id] = OPEN;
    w->stack[w->depth] = id;
    w->next[w->depth++] = 0;
}

/* From the stack's top, a producer, down to `repeated`, which feeds the top. */
static rq_status fail_cycle(const walk *w, rq_id repeated)
{
    size_t first = w->depth - 1;
    while (w->stack[first] != repeated) first--;
    size_t end = w->depth - first > MAX_NAMED ? first + MAX_NAMED : w->depth;
    rq_buf names = {0};
    for (size_t i = end; i-- > first;)
        rq_buf_printf(&names, "'%s' -> ", w->graph->nodes[w->stack[i]]->name);
    if (end < w->depth) rq_buf_printf(&names, "%zu more -> ", w->depth - end);
    rq_status status =
        rq_fail(RQ_EFORMAT, "the edges form a cycle: %s'%s'", names.failed ? "" : names.data,
                w->graph->nodes[w->stack[end - 1]]->name);
    rq_buf_free(&names);
    return status;
}

static bool is_followed(const walk *w, rq_id producer)
{
    return !w->made_only || w->graph->nodes[producer]->layer_id < 0;
}

/* One step: into the next producer of the innermost open node, or out of it. */
static rq_status step(walk *w)
{
    const rq_node *node = w->graph->nodes[w->stack[w->depth - 1]];
    while (w->next[w->depth - 1] < node->n_in) {
        rq_id value = node->in[w->next[w->depth - 1]++];
        if (value == RQ_NONE) continue;
        rq_id producer = w->graph->values[value]->producer;
        if (w->state[producer] == DONE || !is_followed(w, producer)) continue;
        if (w->state[producer] == OPEN) return fail_cycle(w, producer);
        enter(w, producer);
        return RQ_OK;
    }
    w->state[node->id] = DONE;
    w->order[w->n++] = node->id;
    w->depth--;
    return RQ_OK;
}

static rq_status walk_all(walk *w)
{
    for (size_t i = 0; i < w->graph->n_nodes; i++) {
        if (!w->graph->nodes[i] || w->state[i] != NEW) continue;
        enter(w, (rq_id)i);
        while (w->depth > 0) RQ_TRY(step(w));
    }
    return RQ_OK;
}

static rq_status alloc_walk(walk *w)
{
    size_t n = w->graph->n_nodes;
    RQ_TRY(rq_calloc(&w->state, n, sizeof *w->state, "ordering layers"));
    RQ_TRY(rq_calloc(&w->stack, n, sizeof *w->stack, "ordering layers"));
    RQ_TRY(rq_calloc(&w->next, n, sizeof *w->next, "ordering layers"));
    return rq_calloc(&w->order, n, sizeof *w->order, "ordering layers");
}

rq_status rq_graph_order(rq_id **order, size_t *n, const rq_graph *graph, bool made_only)
{
    walk w = {.graph = graph, .made_only = made_only};
    rq_status status = alloc_walk(&w);
    if (status == RQ_OK) status = walk_all(&w);
    free(w.state);
    free(w.stack);
    free(w.next);
    if (status != RQ_OK) {
        free(w.order);
        return status;
    }
    *order = w.order;
    *n = w.n;
    return RQ_OK;
}

rq_status rq_graph_topo_order(rq_id **order, size_t *n, const rq_graph *graph)
{
    rq_status status = rq_graph_order(order, n, graph, false);
    if (status == RQ_OK || !*graph->path) return status;
    return rq_fail_prefix(status, "%s", graph->path);
}
