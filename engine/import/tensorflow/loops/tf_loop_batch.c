/* Loops that map their body over elements: without states, each trip reads element i of its lists
 * and writes element i of others. Where the body has such a form, it is computed of all elements at
 * once. */
#include "engine/import/batch.h"
#include "engine/import/tensorflow/loops/tf_loop_body_parts.h"

#include <string.h>

static bool maps(const rq_tf_loop_emission *e)
{
    const rq_tf_loop *l = e->l;
    if (!e->sliced) return false;
    for (size_t i = 0; i < e->n_slices; i++)
        if (e->slices[i].backwards) return false;
    for (size_t k = 0; k < l->n_states; k++) {
        const rq_tf_state *s = &l->states[k];
        if (e->slots[k].carried) return false;
        if (rq_tf_loop_is_list(l, k) && (s->last || rq_tf_loop_writes_backwards(l, s)))
            return false;
    }
    return true;
}

/* What the lists' elements are computed from, by the body's ids. */
static void find_needed(bool *needed, const rq_tf_loop_emission *e)
{
    const rq_graph *body = e->m.build.graph;
    for (size_t k = 0; k < e->l->n_states; k++)
        if (rq_tf_loop_is_list(e->l, k)) needed[e->slots[k].next] = true;
    for (size_t i = body->n_nodes; i-- > 0;) {
        const rq_node *node = body->nodes[i];
        bool read = false;
        for (uint32_t k = 0; node && k < node->n_out; k++) read |= needed[node->out[k]];
        for (uint32_t k = 0; read && k < node->n_in; k++)
            if (node->in[k] != RQ_NONE) needed[node->in[k]] = true;
    }
}

static void bind_inputs(rq_batch *batch, const rq_tf_loop_emission *e)
{
    const rq_ir_builder *body = batch->body;
    for (size_t i = 0; i < e->n_slices; i++)
        batch->values[e->slices[i].element].front = e->slices[i].list;
    for (size_t i = 0; i < body->n_captures; i++) {
        const rq_capture *c = &body->captures[i];
        batch->values[body->graph->nodes[c->parameter]->out[0]].whole = c->outer;
    }
}

static bool has_form(const rq_batch *batch, rq_id value)
{
    const rq_batched *v = &batch->values[value];
    return v->whole != RQ_NONE || v->front != RQ_NONE || v->lead != RQ_NONE;
}

static bool batch_nodes(rq_batch *batch, const bool *needed)
{
    const rq_graph *body = batch->body->graph;
    for (size_t i = 0; i < body->n_nodes; i++) {
        const rq_node *node = body->nodes[i];
        bool read = false;
        for (uint32_t k = 0; node && k < node->n_out; k++)
            read |= needed[node->out[k]] && !has_form(batch, node->out[k]);
        if (read && strcmp(node->type, "Parameter") != 0 && !rq_batch_node(batch, node))
            return false;
    }
    return true;
}

/* Does the batch have any states' lists? Those that are the same for all elements are not. */
static bool take_outputs(rq_tf_loop_node *out, rq_batch *batch, const rq_tf_loop_emission *e)
{
    for (size_t k = 0; k < e->l->n_states; k++) {
        if (!rq_tf_loop_is_list(e->l, k)) continue;
        out->outputs[k] = rq_batch_front(batch, e->slots[k].next);
        if (out->outputs[k] == RQ_NONE) return false;
    }
    return true;
}

bool rq_tf_loop_find_batch(rq_tf_loop_node *out, rq_tf_loop_emission *e)
{
    rq_ir_builder *b = e->l->b;
    size_t n = e->m.build.graph->n_values;
    if (!maps(e)) return false;
    bool *needed = rq_arena_alloc(b->arena, n, sizeof *needed);
    rq_batch batch = {b, &e->m.build, rq_arena_alloc(b->arena, n, sizeof *batch.values)};
    if (!rq_ir_builder_ok(b, needed && batch.values ? RQ_OK : RQ_ENOMEM)) return false;
    for (size_t i = 0; i < n; i++) {
        needed[i] = false;
        batch.values[i] = (rq_batched){RQ_NONE, RQ_NONE, RQ_NONE};
    }
    find_needed(needed, e);
    bind_inputs(&batch, e);
    bool found = batch_nodes(&batch, needed) && take_outputs(out, &batch, e);
    if (b->status != RQ_OK && b->status != RQ_ENOMEM) b->status = RQ_OK; /* the loop stays */
    for (size_t k = 0; k < e->l->n_states && !found; k++) out->outputs[k] = RQ_NONE;
    if (found) rq_tf_loop_discard(e);
    return found;
}
