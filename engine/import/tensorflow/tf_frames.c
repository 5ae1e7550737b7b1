/* TensorFlow 1's loops. A state enters its frame through Enter, which a Merge joins with the last
 * iteration's NextIteration; a Switch sends it into the body while LoopCond holds, else to Exit.
 * Each LoopCond becomes a While: Merges are the states of its condition, Switches those of its
 * body. Inner loops come first: until then an outer one's walk ends at their Exits. */
#include "engine/import/tensorflow/tf_graph.h"

#include "engine/base/text.h"

#include <stdlib.h>
#include <string.h>

#define MAX_STEPS ((size_t)1 << 26) /* over all walks: damaged files may have many loops */

typedef struct state {
    uint32_t enter, merge, turn, next; /* turn: the Switch; RQ_NONE: the body does not read it */
} state;

/* How a walk sees a node. */
enum { UNSEEN, OPEN, FREE, BOUND }; /* BOUND: it depends on the loop's states */

typedef struct frame {
    rq_tf_graph *graph;
    uint32_t *loop_of; /* per Switch, its Merge, Enters that are met: the LoopCond; RQ_NONE */
    uint32_t *last;    /* per LoopCond: its last Switch; per Switch: the one before; RQ_NONE */
    uint8_t *seen;
    uint32_t *touched; /* nodes seen */
    rq_tf_port *stack; /* .output: the next input to look at */
    state *states;
    size_t n_touched, cap_touched, depth, cap_stack, n_states, cap_states, steps;
    uint32_t cond; /* LoopCond of the loop being walked */
    bool in_body, lost;
} frame;

static bool is_op(const rq_tf_graph *graph, uint32_t node, const char *op)
{
    const char *own = graph->nodes[node].def->op;
    return !strcmp(own, op) || (rq_starts_with(own, "Ref") && !strcmp(own + 3, op));
}

/* -- which Switches and Merges belong to which loop ------------------------------------------ */

/* Enter and NextIteration of a loop's Merge, in either order. */
static bool find_ends(state *out, const rq_tf_graph *graph, uint32_t merge)
{
    const rq_tf_node *node = &graph->nodes[merge];
    if (!is_op(graph, merge, "Merge") || node->n_in != 2) return false;
    for (int k = 0; k < 2; k++) {
        uint32_t enter = node->in[k].node, next = node->in[1 - k].node;
        if (!is_op(graph, enter, "Enter") || !is_op(graph, next, "NextIteration")) continue;
        if (graph->nodes[enter].n_in != 1 || graph->nodes[next].n_in != 1) return false;
        *out = (state){enter, merge, RQ_NONE, next};
        return true;
    }
    return false;
}

static rq_status add_state(frame *f, uint32_t merge, uint32_t turn)
{
    RQ_TRY(rq_grow(&f->states, &f->cap_states, f->n_states, sizeof *f->states, "a loop's states"));
    state *s = &f->states[f->n_states];
    if (!find_ends(s, f->graph, merge) || f->loop_of[merge] != RQ_NONE) {
        f->lost = true;
        return RQ_OK;
    }
    s->turn = turn;
    f->loop_of[merge] = f->cond;
    f->n_states++;
    return RQ_OK;
}

/* A Switch that a LoopCond turns. */
static void note_switch(frame *f, uint32_t i)
{
    const rq_tf_node *node = &f->graph->nodes[i];
    state ends;
    if (!is_op(f->graph, i, "Switch") || node->n_in != 2) return;
    uint32_t cond = node->in[1].node;
    if (!is_op(f->graph, cond, "LoopCond") || !find_ends(&ends, f->graph, node->in[0].node)) return;
    f->loop_of[i] = cond;
    f->last[i] = f->last[cond];
    f->last[cond] = i;
}

static rq_status collect_states(frame *f)
{
    for (uint32_t i = f->last[f->cond]; i != RQ_NONE; i = f->last[i])
        RQ_TRY(add_state(f, f->graph->nodes[i].in[0].node, i));
    return RQ_OK;
}

/* Another try, once inner loops are converted, collects them again. */
static void release_states(frame *f)
{
    for (size_t k = 0; k < f->n_states; k++) f->loop_of[f->states[k].merge] = RQ_NONE;
}

/* -- walking back from the condition or from what comes next --------------------------------- */

static rq_status mark(frame *f, uint32_t node, uint8_t as)
{
    if (f->seen[node] == UNSEEN) {
        RQ_TRY(rq_grow(&f->touched, &f->cap_touched, f->n_touched, sizeof *f->touched, "a loop"));
        f->touched[f->n_touched++] = node;
    }
    f->seen[node] = as;
    return RQ_OK;
}

/* A state, and which way it comes: *bound. False when the node has to be walked through. */
static rq_status meet_state(bool *met, frame *f, rq_tf_port port)
{
    state ends;
    uint32_t i = port.node;
    *met = true;
    if (is_op(f->graph, i, "Switch") && f->loop_of[i] != RQ_NONE) {
        f->lost |= f->loop_of[i] != f->cond || port.output != 1 || !f->in_body;
        return RQ_OK;
    }
    *met = find_ends(&ends, f->graph, i);
    if (!*met) return RQ_OK;
    if (f->loop_of[i] == RQ_NONE) return add_state(f, i, RQ_NONE); /* only the condition's */
    f->lost |= f->loop_of[i] != f->cond || f->in_body || port.output != 0;
    return RQ_OK;
}

static bool is_outside(const frame *f, uint32_t i)
{
    const rq_tf_node *node = &f->graph->nodes[i];
    return is_op(f->graph, i, "Enter") || node->n_in == 0 || node->value.data;
}

/* Of another loop that has to become a node first, or of none. */
static bool is_astray(const frame *f, uint32_t i)
{
    return is_op(f->graph, i, "NextIteration") || is_op(f->graph, i, "LoopCond") ||
           (is_op(f->graph, i, "Exit") && is_op(f->graph, f->graph->nodes[i].in[0].node, "Switch"));
}

static rq_status enter_node(frame *f, rq_tf_port port)
{
    uint32_t i = port.node;
    bool met;
    if (f->steps++ >= MAX_STEPS) f->lost = true;
    RQ_TRY(meet_state(&met, f, port));
    if (f->lost) return RQ_OK;
    if (met) return mark(f, i, BOUND);
    if (is_outside(f, i)) return mark(f, i, FREE);
    if (f->seen[i] == OPEN || (f->graph->nodes[i].n_in && is_astray(f, i))) {
        f->lost = true;
        return RQ_OK;
    }
    RQ_TRY(mark(f, i, OPEN));
    RQ_TRY(rq_grow(&f->stack, &f->cap_stack, f->depth, sizeof *f->stack, "a loop"));
    f->stack[f->depth++] = (rq_tf_port){i, 0};
    return RQ_OK;
}

static void leave_node(frame *f, uint32_t i)
{
    const rq_tf_node *node = &f->graph->nodes[i];
    uint8_t as = is_op(f->graph, i, "Merge") ? BOUND : FREE; /* that of constants, too */
    for (uint32_t k = 0; k < rq_tf_count_reads(f->graph, node); k++)
        if (f->seen[rq_tf_read(f->graph, node, k)->node] == BOUND) as = BOUND;
    f->seen[i] = as;
    f->depth--;
}

static rq_status walk(frame *f, rq_tf_port start)
{
    RQ_TRY(rq_tf_graph_resolve(&start, f->graph));
    if (f->seen[start.node] == UNSEEN) RQ_TRY(enter_node(f, start));
    while (f->depth && !f->lost) {
        rq_tf_port *top = &f->stack[f->depth - 1];
        const rq_tf_node *node = &f->graph->nodes[top->node];
        if (top->output == rq_tf_count_reads(f->graph, node)) {
            leave_node(f, top->node);
            continue;
        }
        rq_tf_port *in = rq_tf_read(f->graph, node, top->output++);
        RQ_TRY(rq_tf_graph_resolve(in, f->graph));
        uint8_t seen = f->seen[in->node];
        if (seen == UNSEEN || seen == OPEN) RQ_TRY(enter_node(f, *in));
    }
    f->depth = 0;
    return RQ_OK;
}

static void forget(frame *f)
{
    for (size_t k = 0; k < f->n_touched; k++) f->seen[f->touched[k]] = UNSEEN;
    f->n_touched = 0;
}

/* -- a While in place of a LoopCond ---------------------------------------------------------- */

/* Nodes seen that depend on states are the region's; those of inner regions stay theirs. */
static void take_nodes(frame *f, uint32_t region)
{
    uint32_t base = f->graph->nodes[f->cond].region;
    for (size_t k = 0; k < f->n_touched; k++) {
        rq_tf_node *node = &f->graph->nodes[f->touched[k]];
        if (is_op(f->graph, f->touched[k], "Enter")) f->loop_of[f->touched[k]] = f->cond;
        if (f->seen[f->touched[k]] == BOUND && node->region == base) node->region = region;
    }
    forget(f);
}

static rq_status become_state(rq_tf_graph *graph, uint32_t node, uint32_t region)
{
    RQ_TRY(rq_tf_remake_node(graph, node, "State"));
    graph->nodes[node].n_in = 0;
    graph->nodes[node].region = region;
    return RQ_OK;
}

static rq_status make_states(frame *f, uint32_t first, rq_tf_port *states, rq_tf_port *in)
{
    rq_tf_graph *graph = f->graph;
    size_t n = f->n_states;
    for (size_t k = 0; k < n; k++) {
        state *s = &f->states[k];
        in[k] = graph->nodes[s->enter].in[0];
        RQ_TRY(become_state(graph, s->merge, first));
        states[k] = (rq_tf_port){s->merge, 0};
        states[n + k] = (rq_tf_port){s->turn, 1};
        if (s->turn == RQ_NONE) {
            states[n + k].output = 0;
            RQ_TRY(rq_tf_make_node(&states[n + k].node, graph, graph->nodes[s->merge].name, "State",
                                   first + 1));
        } else {
            RQ_TRY(become_state(graph, s->turn, first + 1));
        }
    }
    return RQ_OK;
}

/* What leads past the node from now on. */
static void pass_through(rq_tf_graph *graph, uint32_t node)
{
    graph->nodes[node].results = graph->nodes[node].in;
    graph->nodes[node].n_results = 1;
}

/* Which state's Exit it is; n_states: none's. */
static size_t find_exit(const frame *f, uint32_t i)
{
    const rq_tf_node *node = &f->graph->nodes[i];
    size_t k = 0;
    if (!is_op(f->graph, i, "Exit") || node->n_in != 1 || node->in[0].output != 0)
        return f->n_states;
    while (k < f->n_states && f->states[k].turn != node->in[0].node) k++;
    return k;
}

/* Exits hand on what the While gives; Enters lead past themselves. */
static rq_status connect(frame *f)
{
    for (uint32_t i = 0; i < f->graph->n_nodes; i++) {
        if (is_op(f->graph, i, "Enter") && f->graph->nodes[i].n_in == 1 && f->loop_of[i] == f->cond)
            pass_through(f->graph, i);
        size_t k = find_exit(f, i);
        if (k == f->n_states) continue;
        RQ_TRY(rq_tf_remake_node(f->graph, i, "Identity"));
        rq_tf_node *node = &f->graph->nodes[i];
        node->made = false;
        node->in[0] = (rq_tf_port){f->cond, (uint32_t)k};
    }
    return RQ_OK;
}

static rq_status make_while(frame *f)
{
    rq_tf_graph *graph = f->graph;
    size_t n = f->n_states;
    rq_tf_port *states = rq_arena_alloc(graph->arena, 2 * n, sizeof *states);
    rq_tf_port *in = rq_arena_alloc(graph->arena, n, sizeof *in);
    rq_tf_port *results = rq_arena_alloc(graph->arena, n + 1, sizeof *results);
    uint32_t first = graph->nodes[f->cond].first_region;
    if (!states || !in || !results) return RQ_ENOMEM;
    results[0] = graph->nodes[f->cond].in[0];
    RQ_TRY(connect(f));
    RQ_TRY(make_states(f, first, states, in));
    for (size_t k = 0; k < n; k++) {
        results[1 + k] = graph->nodes[f->states[k].next].in[0];
        pass_through(graph, f->states[k].enter);
        pass_through(graph, f->states[k].next);
    }
    rq_tf_region *cond = &graph->regions[first];
    uint32_t owner = f->cond;
    cond[0] = (rq_tf_region){owner, "cond", states, results, (uint32_t)n, 1};
    cond[1] = (rq_tf_region){owner, "body", states + n, results + 1, (uint32_t)n, (uint32_t)n};
    graph->nodes[f->cond].in = in;
    graph->nodes[f->cond].n_in = (uint32_t)n;
    return rq_tf_remake_node(graph, f->cond, "While");
}

static rq_status walk_body(frame *f)
{
    f->in_body = true;
    for (size_t k = 0; k < f->n_states && !f->lost; k++)
        RQ_TRY(walk(f, f->graph->nodes[f->states[k].next].in[0]));
    return RQ_OK;
}

/* The same walks again, that found their ends. */
static rq_status take_loop(bool *converted, frame *f)
{
    rq_tf_node *node = &f->graph->nodes[f->cond];
    RQ_TRY(rq_tf_add_regions(f->graph, f->cond, "cond", "body"));
    uint32_t first = node->first_region;
    node->first_region = 0; /* they are empty still */
    f->in_body = false;
    RQ_TRY(walk(f, node->in[0]));
    take_nodes(f, first);
    RQ_TRY(walk_body(f));
    take_nodes(f, first + 1);
    node->first_region = first;
    *converted = true;
    return make_while(f);
}

/* Nothing is changed before both walks have found their ends. */
static rq_status convert(bool *converted, frame *f, uint32_t cond)
{
    *f = (frame){.graph = f->graph,
                 .loop_of = f->loop_of,
                 .last = f->last,
                 .seen = f->seen,
                 .touched = f->touched,
                 .cap_touched = f->cap_touched,
                 .stack = f->stack,
                 .cap_stack = f->cap_stack,
                 .states = f->states,
                 .cap_states = f->cap_states,
                 .steps = f->steps,
                 .cond = cond};
    RQ_TRY(collect_states(f));
    if (!f->lost && f->n_states) RQ_TRY(walk(f, f->graph->nodes[cond].in[0]));
    forget(f);
    if (!f->lost) RQ_TRY(walk_body(f));
    forget(f);
    if (f->lost || !f->n_states) {
        release_states(f);
        return RQ_OK;
    }
    return take_loop(converted, f);
}

static rq_status convert_all(frame *f)
{
    for (bool converted = true; converted && f->steps < MAX_STEPS;) {
        converted = false;
        for (uint32_t i = (uint32_t)f->graph->n_nodes; i-- > 0;) /* inner ones are made later */
            if (is_op(f->graph, i, "LoopCond") && f->graph->nodes[i].n_in == 1)
                RQ_TRY(convert(&converted, f, i));
    }
    return RQ_OK;
}

static bool has_loop(const rq_tf_graph *graph)
{
    for (uint32_t i = 0; i < graph->n_nodes; i++)
        if (is_op(graph, i, "LoopCond")) return true;
    return false;
}

static rq_status open_frame(frame *f)
{
    size_t n = f->graph->n_nodes, room = 2 * n; /* a state may get a node of its own */
    RQ_TRY(rq_calloc(&f->loop_of, room, sizeof *f->loop_of, "loops"));
    RQ_TRY(rq_calloc(&f->last, room, sizeof *f->last, "loops"));
    RQ_TRY(rq_calloc(&f->seen, room, sizeof *f->seen, "loops"));
    memset(f->loop_of, 0xff, room * sizeof *f->loop_of); /* RQ_NONE */
    memset(f->last, 0xff, room * sizeof *f->last);
    for (uint32_t i = (uint32_t)n; i-- > 0;) note_switch(f, i);
    return RQ_OK;
}

rq_status rq_tf_find_loops(rq_tf_graph *graph)
{
    frame f = {.graph = graph};
    if (!has_loop(graph)) return rq_tf_check_depth(graph);
    rq_status status = open_frame(&f);
    if (status == RQ_OK) status = convert_all(&f);
    free(f.loop_of);
    free(f.last);
    free(f.seen);
    free(f.touched);
    free(f.stack);
    free(f.states);
    if (status == RQ_OK) status = rq_tf_graph_resolve_all(graph);
    return status == RQ_OK ? rq_tf_check_depth(graph) : status;
}
