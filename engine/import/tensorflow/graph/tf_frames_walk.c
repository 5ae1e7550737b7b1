/* Walking a loop back from its condition, or from what its states become. */
#include "engine/import/tensorflow/graph/tf_frames_parts.h"

bool rq_tf_frame_ends(rq_tf_frame_state *out, const rq_tf_graph *graph, uint32_t merge)
{
    const rq_tf_node *node = &graph->nodes[merge];
    if (!rq_tf_is_op(&graph->nodes[merge], "Merge") || node->n_in != 2) return false;
    for (int k = 0; k < 2; k++) {
        uint32_t enter = node->in[k].node, next = node->in[1 - k].node;
        if (!rq_tf_is_op(&graph->nodes[enter], "Enter") ||
            !rq_tf_is_op(&graph->nodes[next], "NextIteration"))
            continue;
        if (graph->nodes[enter].n_in != 1 || graph->nodes[next].n_in != 1) return false;
        *out = (rq_tf_frame_state){enter, merge, RQ_NONE, next};
        return true;
    }
    return false;
}

rq_status rq_tf_frame_add_state(rq_tf_frame *f, uint32_t merge, uint32_t turn)
{
    RQ_TRY(rq_grow(&f->states, &f->cap_states, f->n_states, sizeof *f->states, "a loop's states"));
    rq_tf_frame_state *s = &f->states[f->n_states];
    if (!rq_tf_frame_ends(s, f->graph, merge) || f->loop_of[merge] != RQ_NONE) {
        f->lost = true;
        return RQ_OK;
    }
    s->turn = turn;
    f->loop_of[merge] = f->cond;
    f->n_states++;
    return RQ_OK;
}

static rq_status mark(rq_tf_frame *f, uint32_t node, uint8_t as)
{
    if (f->seen[node] == RQ_TF_FRAME_UNSEEN) {
        RQ_TRY(rq_grow(&f->touched, &f->cap_touched, f->n_touched, sizeof *f->touched, "a loop"));
        f->touched[f->n_touched++] = node;
    }
    f->seen[node] = as;
    return RQ_OK;
}

/* A state, and which way it comes: *bound. False when the node has to be walked through. */
static rq_status meet_state(bool *met, rq_tf_frame *f, rq_tf_port port)
{
    rq_tf_frame_state ends;
    uint32_t i = port.node;
    *met = true;
    if (rq_tf_is_op(&f->graph->nodes[i], "Switch") && f->loop_of[i] != RQ_NONE) {
        f->lost |= f->loop_of[i] != f->cond || port.output != 1 || !f->in_body;
        return RQ_OK;
    }
    *met = rq_tf_frame_ends(&ends, f->graph, i);
    if (!*met) return RQ_OK;
    if (f->loop_of[i] == RQ_NONE)
        return rq_tf_frame_add_state(f, i, RQ_NONE); /* only the condition's */
    f->lost |= f->loop_of[i] != f->cond || f->in_body || port.output != 0;
    return RQ_OK;
}

static bool is_outside(const rq_tf_frame *f, uint32_t i)
{
    const rq_tf_node *node = &f->graph->nodes[i];
    return rq_tf_is_op(node, "Enter") || node->n_in == 0 || node->value.data;
}

/* Of another loop that has to become a node first, or of none. */
static bool is_astray(const rq_tf_frame *f, uint32_t i)
{
    const rq_tf_node *node = &f->graph->nodes[i];
    return rq_tf_is_op(node, "NextIteration") || rq_tf_is_op(node, "LoopCond") ||
           (rq_tf_is_op(node, "Exit") && rq_tf_is_op(&f->graph->nodes[node->in[0].node], "Switch"));
}

static rq_status enter_node(rq_tf_frame *f, rq_tf_port port)
{
    uint32_t i = port.node;
    bool met;
    if (f->steps++ >= RQ_TF_FRAME_STEPS) f->lost = true;
    RQ_TRY(meet_state(&met, f, port));
    if (f->lost) return RQ_OK;
    if (met) return mark(f, i, RQ_TF_FRAME_BOUND);
    if (is_outside(f, i)) return mark(f, i, RQ_TF_FRAME_FREE);
    if (f->seen[i] == RQ_TF_FRAME_OPEN || (f->graph->nodes[i].n_in && is_astray(f, i))) {
        f->lost = true;
        return RQ_OK;
    }
    RQ_TRY(mark(f, i, RQ_TF_FRAME_OPEN));
    RQ_TRY(rq_grow(&f->stack, &f->cap_stack, f->depth, sizeof *f->stack, "a loop"));
    f->stack[f->depth++] = (rq_tf_port){i, 0};
    return RQ_OK;
}

static void leave_node(rq_tf_frame *f, uint32_t i)
{
    const rq_tf_node *node = &f->graph->nodes[i];
    uint8_t as = rq_tf_is_op(node, "Merge") ? RQ_TF_FRAME_BOUND
                                            : RQ_TF_FRAME_FREE; /* that of constants, too */
    for (uint32_t k = 0; k < rq_tf_count_reads(f->graph, node); k++)
        if (f->seen[rq_tf_read(f->graph, node, k)->node] == RQ_TF_FRAME_BOUND)
            as = RQ_TF_FRAME_BOUND;
    f->seen[i] = as;
    f->depth--;
}

rq_status rq_tf_frame_walk(rq_tf_frame *f, rq_tf_port start)
{
    RQ_TRY(rq_tf_graph_resolve(&start, f->graph));
    if (f->seen[start.node] == RQ_TF_FRAME_UNSEEN) RQ_TRY(enter_node(f, start));
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
        if (seen == RQ_TF_FRAME_UNSEEN || seen == RQ_TF_FRAME_OPEN) RQ_TRY(enter_node(f, *in));
    }
    f->depth = 0;
    return RQ_OK;
}

rq_status rq_tf_frame_walk_body(rq_tf_frame *f)
{
    f->in_body = true;
    for (size_t k = 0; k < f->n_states && !f->lost; k++)
        RQ_TRY(rq_tf_frame_walk(f, f->graph->nodes[f->states[k].next].in[0]));
    return RQ_OK;
}

void rq_tf_frame_forget(rq_tf_frame *f)
{
    for (size_t k = 0; k < f->n_touched; k++) f->seen[f->touched[k]] = RQ_TF_FRAME_UNSEEN;
    f->n_touched = 0;
}
