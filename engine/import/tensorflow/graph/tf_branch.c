/* TensorFlow 1's conditions: a Switch sends a tensor into one of two branches, a Merge takes what
 * comes out of the one that ran. Which branch an input of a Merge comes from is told by the
 * Switches that its ancestors read. */
#include "engine/import/tensorflow/graph/tf_graph.h"

#include <stdlib.h>
#include <string.h>

#define MAX_STEPS ((size_t)1 << 26) /* over all Merges: damaged files may have many */

typedef struct walk {
    const rq_tf_graph *graph;
    uint32_t region; /* the Merge's: what an outer one gives is in no branch */
    uint32_t *seen;  /* per node: the walk that was there last */
    uint32_t number;
    rq_tf_port *stack; /* nodes to visit; .output: conditions entered since the start */
    size_t depth, capacity, steps;
    bool orders; /* what orders a node tells where it is, too: constants read nothing */
    bool lost;   /* there is a loop, another Merge, or branches are mixed */
    bool found;  /* a Switch: its condition, and which of its outputs */
    rq_tf_port condition;
    uint32_t branch;
} walk;

static bool is_switch(const rq_tf_node *node)
{
    return rq_tf_is_op(node, "Switch") && node->n_in == 2;
}

static bool is_merge(const rq_tf_node *node)
{
    return rq_tf_is_op(node, "Merge");
}

static bool is_next(const rq_tf_node *node)
{
    return rq_tf_is_op(node, "NextIteration");
}

static bool same(rq_tf_port a, rq_tf_port b)
{
    return a.node == b.node && a.output == b.output;
}

static bool is_within(const walk *w, uint32_t region)
{
    while (region && region != w->region)
        region = w->graph->nodes[w->graph->regions[region].owner].region;
    return region == w->region;
}

static rq_status push(walk *w, uint32_t node, uint32_t entered)
{
    bool free = w->orders && w->graph->nodes[node].n_in == 0; /* a constant is of no region */
    if (w->seen[node] == w->number) return RQ_OK;
    if (!free && !is_within(w, w->graph->nodes[node].region)) return RQ_OK;
    RQ_TRY(rq_tf_check_nesting(w->graph, entered)); /* walks through many would take long, too */
    if (w->steps++ >= MAX_STEPS) w->lost = true;
    w->seen[node] = w->number;
    RQ_TRY(rq_grow(&w->stack, &w->capacity, w->depth, sizeof *w->stack, "branches"));
    w->stack[w->depth++] = (rq_tf_port){node, entered};
    return RQ_OK;
}

static void meet_switch(walk *w, const rq_tf_node *node, uint32_t output)
{
    if (w->found && (!same(w->condition, node->in[1]) || w->branch != output)) w->lost = true;
    w->found = true;
    w->condition = node->in[1];
    w->branch = output;
}

/* A Switch of a condition that was entered behind it leads out of that again. */
static rq_status visit_input(walk *w, rq_tf_port in, uint32_t entered)
{
    const rq_tf_node *node = &w->graph->nodes[in.node];
    if (!is_switch(node)) return push(w, in.node, entered);
    if (!strcmp(w->graph->nodes[node->in[1].node].def->op, "LoopCond")) {
        w->lost = true; /* until the loop is a node */
        return RQ_OK;
    }
    if (entered) return push(w, node->in[0].node, entered - 1);
    meet_switch(w, node, in.output);
    return RQ_OK;
}

/* "^name": of nodes of the graph itself, as functions have names of their own. */
static rq_status visit_orders(walk *w, const rq_tf_node *node, uint32_t entered)
{
    for (size_t k = 0; node->depth == 0 && k < node->def->n_input; k++) {
        if (*node->def->input[k] != '^') continue;
        uint32_t at = rq_map_get(w->graph->names, node->def->input[k] + 1);
        if (at != RQ_NONE) RQ_TRY(visit_input(w, (rq_tf_port){at, 0}, entered));
    }
    return RQ_OK;
}

static rq_status visit(walk *w, rq_tf_port at)
{
    const rq_tf_node *node = &w->graph->nodes[at.node];
    bool merge = is_merge(node);
    if ((merge && node->n_in != 3) || is_next(node)) w->lost = true;
    for (uint32_t k = 0; !w->lost && k < rq_tf_count_reads(w->graph, node); k++)
        RQ_TRY(visit_input(w, *rq_tf_read(w->graph, node, k), at.output + (merge && k > 0)));
    return w->orders && !w->lost ? visit_orders(w, node, at.output) : RQ_OK;
}

static rq_status walk_from(walk *w, rq_tf_port input, bool orders)
{
    w->number++;
    w->depth = 0;
    w->found = w->lost = false;
    w->orders = orders;
    RQ_TRY(visit_input(w, input, 0));
    while (w->depth && !w->lost) RQ_TRY(visit(w, w->stack[--w->depth]));
    return RQ_OK;
}

/* The Merge's inputs become the condition, what is taken when it holds, what else. One that does
 * not fit stays as it is, and does not map. */
static rq_status join(bool *joined, walk *w, rq_tf_graph *graph, rq_tf_node *merge)
{
    bool found[2];
    uint32_t branch[2];
    rq_tf_port condition[2];
    w->region = merge->region;
    for (int k = 0; k < 2; k++) {
        RQ_TRY(walk_from(w, merge->in[k], false));
        if (!w->lost && !w->found) RQ_TRY(walk_from(w, merge->in[k], true));
        if (w->lost) return RQ_OK;
        found[k] = w->found;
        branch[k] = w->branch;
        condition[k] = w->condition;
    }
    if (found[0] && found[1] && (!same(condition[0], condition[1]) || branch[0] == branch[1]))
        return RQ_OK;
    if ((!found[0] && !found[1]) || (found[0] ? branch[0] : branch[1]) > 1) return RQ_OK;
    uint32_t yes = found[0] ? (branch[0] ? 0 : 1) : (branch[1] ? 1 : 0);
    rq_tf_port *in = rq_arena_alloc(graph->arena, 3, sizeof *in);
    if (!in) return RQ_ENOMEM;
    in[0] = found[0] ? condition[0] : condition[1];
    in[1] = merge->in[yes];
    in[2] = merge->in[1 - yes];
    merge->in = in;
    merge->n_in = 3;
    *joined = true;
    return RQ_OK;
}

static bool is_condition(const rq_tf_graph *graph, const rq_tf_node *node)
{
    return is_merge(node) && node->n_in == 2 && !is_next(&graph->nodes[node->in[0].node]) &&
           !is_next(&graph->nodes[node->in[1].node]);
}

/* Inner conditions first: an outer one's walk waits for them. */
static rq_status join_all(walk *w, rq_tf_graph *graph)
{
    for (bool joined = true; joined && w->steps < MAX_STEPS;) {
        joined = false;
        for (size_t i = 0; i < graph->n_nodes; i++)
            if (is_condition(graph, &graph->nodes[i]))
                RQ_TRY(join(&joined, w, graph, &graph->nodes[i]));
    }
    return RQ_OK;
}

void rq_tf_cut_loops(rq_tf_graph *graph)
{
    for (size_t i = 0; i < graph->n_nodes; i++)
        if (is_next(&graph->nodes[i])) {
            if (graph->keep_loops) graph->nodes[i].n_next = graph->nodes[i].n_in;
            graph->nodes[i].n_in = 0;
        }
}

static bool has_merge(const rq_tf_graph *graph)
{
    for (size_t i = 0; i < graph->n_nodes; i++)
        if (is_merge(&graph->nodes[i])) return true;
    return false;
}

rq_status rq_tf_join_branches(rq_tf_graph *graph)
{
    walk w = {.graph = graph};
    if (!has_merge(graph)) return RQ_OK;
    RQ_TRY(rq_calloc(&w.seen, graph->n_nodes, sizeof *w.seen, "branches"));
    rq_status status = join_all(&w, graph);
    free(w.seen);
    free(w.stack);
    return status;
}
