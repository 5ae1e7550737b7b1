/* A While in place of a LoopCond. */
#include "engine/import/tensorflow/graph/tf_frames_parts.h"

static rq_status note_enter(rq_tf_frame *f, uint32_t node)
{
    RQ_TRY(rq_grow(&f->enters, &f->cap_enters, f->n_enters, sizeof *f->enters, "a loop's inputs"));
    f->enters[f->n_enters++] = node;
    return RQ_OK;
}

/* Nodes seen that depend on states are the region's; those of inner regions stay theirs. */
static rq_status take_nodes(rq_tf_frame *f, uint32_t region)
{
    uint32_t base = f->graph->nodes[f->cond].region;
    for (size_t k = 0; k < f->n_touched; k++) {
        rq_tf_node *node = &f->graph->nodes[f->touched[k]];
        if (rq_tf_is_op(node, "Enter") && node->n_in == 1) RQ_TRY(note_enter(f, f->touched[k]));
        if (f->seen[f->touched[k]] == RQ_TF_FRAME_BOUND && node->region == base)
            node->region = region;
    }
    rq_tf_frame_forget(f);
    return RQ_OK;
}

static rq_status become_state(rq_tf_graph *graph, uint32_t node, uint32_t region)
{
    RQ_TRY(rq_tf_remake_node(graph, node, "State"));
    graph->nodes[node].n_in = 0;
    graph->nodes[node].region = region;
    return RQ_OK;
}

static rq_status make_states(rq_tf_frame *f, uint32_t first, rq_tf_port *states, rq_tf_port *in)
{
    rq_tf_graph *graph = f->graph;
    size_t n = f->n_states;
    for (size_t k = 0; k < n; k++) {
        rq_tf_frame_state *s = &f->states[k];
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

/* Exits of state k hand on what the While gives. */
static rq_status connect_exits(rq_tf_frame *f, size_t k)
{
    uint32_t turn = f->states[k].turn;
    for (uint32_t i = turn == RQ_NONE ? RQ_NONE : f->exits[turn]; i != RQ_NONE; i = f->exits[i]) {
        RQ_TRY(rq_tf_remake_node(f->graph, i, "Identity"));
        rq_tf_node *node = &f->graph->nodes[i];
        node->made = false;
        node->in[0] = (rq_tf_port){f->cond, (uint32_t)k};
    }
    return RQ_OK;
}

/* Enters lead past themselves. */
static rq_status connect(rq_tf_frame *f)
{
    for (size_t k = 0; k < f->n_enters; k++) pass_through(f->graph, f->enters[k]);
    for (size_t k = 0; k < f->n_states; k++) RQ_TRY(connect_exits(f, k));
    return RQ_OK;
}

static rq_status make_while(rq_tf_frame *f)
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

/* The same walks again, that found their ends. */
rq_status rq_tf_frame_take_loop(bool *converted, rq_tf_frame *f)
{
    rq_tf_node *node = &f->graph->nodes[f->cond];
    RQ_TRY(rq_tf_add_regions(f->graph, f->cond, "cond", "body"));
    uint32_t first = node->first_region;
    node->first_region = 0; /* they are empty still */
    f->in_body = false;
    RQ_TRY(rq_tf_frame_walk(f, node->in[0]));
    RQ_TRY(take_nodes(f, first));
    RQ_TRY(rq_tf_frame_walk_body(f));
    RQ_TRY(take_nodes(f, first + 1));
    node->first_region = first;
    *converted = true;
    return make_while(f);
}
