/* What a loop's node gives: states after the last trip, and the lists that it wrote. */
#include "engine/import/tensorflow/loops/tf_loop_body_parts.h"

#include <string.h>

static void emit_condition(rq_tf_loop_emission *e)
{
    rq_tf_loop *l = e->l;
    rq_ir_builder *inner = &e->m.build;
    rq_id go_on;
    if (l->trips != RQ_NONE) {
        go_on = rq_emit_scalar(inner, RQ_DT_BOOL, 1.0);
    } else {
        for (size_t k = 0; k < l->n_states; k++)
            if (l->states[k].tested && l->states[k].live)
                rq_ir_builder_name(inner, l->states[k].cond, e->slots[k].next);
        rq_ir_builder_nodes(inner, l->cond);
        go_on = rq_subgraph_output(inner, l->cond, 0);
    }
    rq_subgraph_result(&e->m, "condition", go_on, RQ_NONE, NULL);
}

static void emit_results(rq_tf_loop_emission *e)
{
    rq_tf_loop *l = e->l;
    rq_ir_builder *inner = &e->m.build;
    const int64_t front = 0;
    uint32_t index = 0;
    if (!e->sliced) emit_condition(e);
    for (size_t k = 0; k < l->n_states && inner->status == RQ_OK; k++) {
        const rq_tf_state *s = &l->states[k];
        rq_tf_loop_slot *at = &e->slots[k];
        bool list = rq_tf_loop_is_list(l, k);
        if (!at->carried && !list) continue;
        rq_subgraph_slice part = {.sliced = list && !s->last};
        part.backwards = list && rq_tf_loop_writes_backwards(l, s);
        if (part.sliced) at->next = rq_emit_unsqueeze(inner, at->next, &front, 1);
        rq_node *result = rq_subgraph_result(&e->m, s->result, at->next, index++, &part);
        if (!list) rq_subgraph_edge(&e->m, result, at->parameter);
    }
}

/* How often it runs is not known, but shapes are. */
static void know_output(rq_tf_loop_emission *e, size_t k, rq_id value, const rq_tensor *next)
{
    rq_ir_builder *b = e->l->b;
    if (b->status != RQ_OK || rq_ir_builder_rank(b, value) >= 0) return;
    for (int i = 0; i < RQ_IR_BUILDER_SAMPLES; i++) {
        b->values[value].t[i] = (rq_tensor){next[i].dtype, next[i].shape, NULL};
        if (e->l->states[k].write) b->values[value].t[i].shape.d[0] = rq_ir_builder_data_dims[i];
    }
}

void rq_tf_loop_finish(rq_tf_loop_node *out, rq_tf_loop_emission *e)
{
    rq_ir_builder *b = e->l->b;
    size_t n = e->l->n_states;
    rq_tensor(*next)[RQ_IR_BUILDER_SAMPLES] = rq_arena_alloc(b->arena, n, sizeof *next);
    uint32_t index = 0;
    rq_ir_builder_ok(b, next ? RQ_OK : RQ_ENOMEM);
    if (b->status == RQ_OK) emit_results(e);
    rq_ir_builder_ok(b, e->m.build.status);
    for (size_t k = 0; k < n && b->status == RQ_OK; k++)
        if (e->slots[k].next != RQ_NONE)
            memcpy(next[k], e->m.build.values[e->slots[k].next].t, sizeof *next);
    rq_subgraph_end(&e->m, true);
    for (size_t k = 0; k < n && b->status == RQ_OK; k++) {
        if (!e->slots[k].carried && !rq_tf_loop_is_list(e->l, k)) continue;
        out->outputs[k] = e->node->out[index++];
        know_output(e, k, out->outputs[k], next[k]);
    }
    if (b->status == RQ_OK) rq_ir_builder_note_outputs(b, e->node);
}
