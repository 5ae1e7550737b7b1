/* TensorFlow 1's loops. A state enters its frame through Enter, which a Merge joins with the last
 * iteration's NextIteration; a Switch sends it into the body while LoopCond holds, else to Exit.
 * Each LoopCond becomes a While: Merges are the states of its condition, Switches those of its
 * body. Inner loops come first: until then an outer one's walk ends at their Exits. */
#include "engine/import/tensorflow/graph/tf_frames_parts.h"

#include <stdlib.h>
#include <string.h>

/* A Switch that a LoopCond turns. */
static void note_switch(rq_tf_frame *f, uint32_t i)
{
    const rq_tf_node *node = &f->graph->nodes[i];
    rq_tf_frame_state ends;
    if (!rq_tf_is_op(node, "Switch") || node->n_in != 2) return;
    uint32_t cond = node->in[1].node;
    if (!rq_tf_is_op(&f->graph->nodes[cond], "LoopCond") ||
        !rq_tf_frame_ends(&ends, f->graph, node->in[0].node))
        return;
    f->loop_of[i] = cond;
    f->last[i] = f->last[cond];
    f->last[cond] = i;
}

/* An Exit of a loop's Switch. */
static void note_exit(rq_tf_frame *f, uint32_t i)
{
    const rq_tf_node *node = &f->graph->nodes[i];
    if (!rq_tf_is_op(node, "Exit") || node->n_in != 1 || node->in[0].output != 0) return;
    f->exits[i] = f->exits[node->in[0].node];
    f->exits[node->in[0].node] = i;
}

static rq_status collect_states(rq_tf_frame *f)
{
    for (uint32_t i = f->last[f->cond]; i != RQ_NONE; i = f->last[i])
        RQ_TRY(rq_tf_frame_add_state(f, f->graph->nodes[i].in[0].node, i));
    return RQ_OK;
}

/* Another try, once inner loops are converted, collects them again. */
static void release_states(rq_tf_frame *f)
{
    for (size_t k = 0; k < f->n_states; k++) f->loop_of[f->states[k].merge] = RQ_NONE;
}

/* Nothing is changed before both walks have found their ends. */
static rq_status convert(bool *converted, rq_tf_frame *f, uint32_t cond)
{
    *f = (rq_tf_frame){.graph = f->graph,
                       .loop_of = f->loop_of,
                       .last = f->last,
                       .exits = f->exits,
                       .enters = f->enters,
                       .cap_enters = f->cap_enters,
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
    if (!f->lost && f->n_states) RQ_TRY(rq_tf_frame_walk(f, f->graph->nodes[cond].in[0]));
    rq_tf_frame_forget(f);
    if (!f->lost) RQ_TRY(rq_tf_frame_walk_body(f));
    rq_tf_frame_forget(f);
    if (f->lost || !f->n_states) {
        release_states(f);
        return RQ_OK;
    }
    return rq_tf_frame_take_loop(converted, f);
}

static rq_status convert_all(rq_tf_frame *f)
{
    for (bool converted = true; converted && f->steps < RQ_TF_FRAME_STEPS;) {
        converted = false;
        for (uint32_t i = (uint32_t)f->graph->n_nodes; i-- > 0;) /* inner ones are made later */
            if (rq_tf_is_op(&f->graph->nodes[i], "LoopCond") && f->graph->nodes[i].n_in == 1)
                RQ_TRY(convert(&converted, f, i));
    }
    return RQ_OK;
}

static bool has_loop(const rq_tf_graph *graph)
{
    for (uint32_t i = 0; i < graph->n_nodes; i++)
        if (rq_tf_is_op(&graph->nodes[i], "LoopCond")) return true;
    return false;
}

static rq_status open_frame(rq_tf_frame *f)
{
    size_t n = f->graph->n_nodes, room = 2 * n; /* a state may get a node of its own */
    RQ_TRY(rq_calloc(&f->loop_of, room, sizeof *f->loop_of, "loops"));
    RQ_TRY(rq_calloc(&f->last, room, sizeof *f->last, "loops"));
    RQ_TRY(rq_calloc(&f->exits, room, sizeof *f->exits, "loops"));
    RQ_TRY(rq_calloc(&f->seen, room, sizeof *f->seen, "loops"));
    memset(f->loop_of, 0xff, room * sizeof *f->loop_of); /* RQ_NONE */
    memset(f->last, 0xff, room * sizeof *f->last);
    memset(f->exits, 0xff, room * sizeof *f->exits);
    for (uint32_t i = (uint32_t)n; i-- > 0;) {
        note_switch(f, i);
        note_exit(f, i);
    }
    return RQ_OK;
}

rq_status rq_tf_find_loops(rq_tf_graph *graph)
{
    rq_tf_frame f = {.graph = graph};
    if (!has_loop(graph)) return rq_tf_check_depth(graph);
    rq_status status = open_frame(&f);
    if (status == RQ_OK) status = convert_all(&f);
    free(f.loop_of);
    free(f.last);
    free(f.exits);
    free(f.enters);
    free(f.seen);
    free(f.touched);
    free(f.stack);
    free(f.states);
    if (status == RQ_OK) status = rq_tf_graph_resolve_all(graph);
    return status == RQ_OK ? rq_tf_check_depth(graph) : status;
}
