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
    size_t n_seen;   /* room */
    uint32_t number;
    rq_tf_port *stack; /* nodes to visit; .output: conditions entered since the start */
    size_t depth, capacity, steps;
    bool orders; /* what orders a node tells where it is, too: constants read nothing */
    bool lost;   /* there is a loop, another Merge, or branches are mixed */
    bool found;  /* a Switch: its condition, and which of its outputs */
    rq_tf_port condition;
    uint32_t branch;
    bool numbered; /* it is a _SwitchN */
} walk;

static bool is_numbered(const rq_tf_node *node)
{
    return !strcmp(node->def->op, "_SwitchN");
}

static bool is_switch(const rq_tf_node *node)
{
    return (rq_tf_is_op(node, "Switch") || is_numbered(node)) && node->n_in == 2;
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
    w->numbered = is_numbered(node);
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
    if ((merge && !node->joined) || is_next(node)) w->lost = true;
    for (uint32_t k = 0; !w->lost && k < rq_tf_count_reads(w->graph, node); k++)
        RQ_TRY(visit_input(w, *rq_tf_read(w->graph, node, k), at.output + (merge && k > 0)));
    return w->orders && !w->lost ? visit_orders(w, node, at.output) : RQ_OK;
}

/* Nodes are made while the graph is walked. */
static rq_status make_room(walk *w)
{
    size_t had = w->n_seen, want = w->graph->n_nodes + w->graph->n_nodes / 2;
    if (w->graph->n_nodes <= had) return RQ_OK;
    RQ_TRY(rq_realloc(&w->seen, want, sizeof *w->seen, "branches"));
    memset(w->seen + had, 0, (want - had) * sizeof *w->seen);
    w->n_seen = want;
    return RQ_OK;
}

static rq_status walk_from(walk *w, rq_tf_port input, bool orders)
{
    w->number++;
    w->depth = 0;
    w->found = w->lost = w->numbered = false;
    w->orders = orders;
    RQ_TRY(visit_input(w, input, 0));
    while (w->depth && !w->lost) RQ_TRY(visit(w, w->stack[--w->depth]));
    return RQ_OK;
}

/* -- joining --------------------------------------------------------------------------------- */

#define MAX_BRANCHES 64

/* What the inputs of a Merge come from. */
typedef struct origin {
    bool found[MAX_BRANCHES];
    uint32_t branch[MAX_BRANCHES]; /* that an input is */
    rq_tf_port condition;
    bool any, numbered; /* numbered: a _SwitchN has more branches than two */
} origin;

/* False in *fits: they are not those of one condition. */
static rq_status find_origin(bool *fits, origin *o, walk *w, const rq_tf_node *merge)
{
    *fits = false;
    RQ_TRY(make_room(w));
    for (uint32_t k = 0; k < merge->n_in; k++) {
        RQ_TRY(walk_from(w, merge->in[k], false));
        if (!w->lost && !w->found) RQ_TRY(walk_from(w, merge->in[k], true));
        if (w->lost || (w->found && o->any && !same(w->condition, o->condition))) return RQ_OK;
        o->found[k] = w->found;
        o->branch[k] = w->branch;
        if (!w->found) continue;
        o->any = true;
        o->condition = w->condition;
        o->numbered |= w->numbered;
    }
    *fits = o->any;
    return RQ_OK;
}

/* Which input is what each branch gives: one of which nothing is known is what is left over. */
static bool order_inputs(uint32_t *input_of, const origin *o, uint32_t n)
{
    uint32_t left = RQ_NONE;
    for (uint32_t k = 0; k < n; k++) input_of[k] = RQ_NONE;
    for (uint32_t k = 0; k < n; k++) {
        if (!o->found[k]) {
            if (left != RQ_NONE) return false;
            left = k;
            continue;
        }
        if (o->branch[k] >= n || input_of[o->branch[k]] != RQ_NONE) return false;
        input_of[o->branch[k]] = k;
    }
    for (uint32_t k = 0; k < n; k++)
        if (input_of[k] == RQ_NONE) input_of[k] = left;
    return true;
}

/* The Merge's inputs become the condition, what is taken when it holds, what else. */
static rq_status set_inputs(rq_tf_graph *graph, uint32_t merge, rq_tf_port condition,
                            rq_tf_port yes, rq_tf_port no)
{
    rq_tf_port *in = rq_arena_alloc(graph->arena, 3, sizeof *in);
    if (!in) return RQ_ENOMEM;
    in[0] = condition;
    in[1] = yes;
    in[2] = no;
    graph->nodes[merge].in = in;
    graph->nodes[merge].n_in = 3;
    graph->nodes[merge].joined = true;
    return RQ_OK;
}

/* The same of one branch, and another Merge of those behind it. */
static rq_status join_numbered(rq_tf_graph *graph, uint32_t merge, const uint32_t *input_of,
                               rq_tf_port number)
{
    const rq_tf_port *in = graph->nodes[merge].in;
    const char *name = graph->nodes[merge].name;
    uint32_t n = graph->nodes[merge].n_in, region = graph->nodes[merge].region, at = merge;
    for (uint32_t k = 0; k + 1 < n; k++) {
        rq_tf_port is_branch, other = in[input_of[k + 1]];
        RQ_TRY(rq_tf_make_is_branch(&is_branch, graph, name, number, k, region));
        if (k + 2 < n) {
            other.output = 0;
            RQ_TRY(rq_tf_make_node(&other.node, graph, name, "Merge", region));
        }
        RQ_TRY(set_inputs(graph, at, is_branch, in[input_of[k]], other));
        at = other.node;
    }
    return RQ_OK;
}

/* One that does not fit stays as it is, and does not map. */
static rq_status join(bool *joined, walk *w, rq_tf_graph *graph, uint32_t merge)
{
    origin o = {.any = false};
    uint32_t input_of[MAX_BRANCHES], n = graph->nodes[merge].n_in;
    bool fits = false;
    w->region = graph->nodes[merge].region;
    RQ_TRY(find_origin(&fits, &o, w, &graph->nodes[merge]));
    if (!fits || !order_inputs(input_of, &o, n) || (!o.numbered && n != 2)) return RQ_OK;
    *joined = true;
    const rq_tf_port *in = graph->nodes[merge].in;
    if (n == 1) {
        graph->nodes[merge].results = graph->nodes[merge].in;
        graph->nodes[merge].n_results = 1;
        return RQ_OK;
    }
    if (o.numbered) return join_numbered(graph, merge, input_of, o.condition);
    return set_inputs(graph, merge, o.condition, in[input_of[1]], in[input_of[0]]);
}

static bool is_condition(const rq_tf_graph *graph, const rq_tf_node *node)
{
    if (!is_merge(node) || node->joined || node->n_in == 0 || node->n_in > MAX_BRANCHES ||
        node->results)
        return false;
    for (uint32_t k = 0; k < node->n_in; k++)
        if (is_next(&graph->nodes[node->in[k].node])) return false;
    return true;
}

/* Inner conditions first: an outer one's walk waits for them. */
static rq_status join_all(walk *w, rq_tf_graph *graph)
{
    for (bool joined = true; joined && w->steps < MAX_STEPS;) {
        joined = false;
        for (size_t i = 0; i < graph->n_nodes; i++)
            if (is_condition(graph, &graph->nodes[i])) RQ_TRY(join(&joined, w, graph, (uint32_t)i));
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
    rq_status status = join_all(&w, graph);
    if (status == RQ_OK) status = rq_tf_graph_resolve_all(graph);
    free(w.seen);
    free(w.stack);
    return status;
}
