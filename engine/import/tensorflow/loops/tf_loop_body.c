#include "engine/import/tensorflow/loops/tf_loop_body.h"

#include "engine/import/tensorflow/loops/tf_loop_body_parts.h"

#include <stdlib.h>

#define MAX_ATTEMPTS 8 /* each finds more dimensions that change from trip to trip */
#define NODE_BYTES 256 /* of the fold budget, for each node of a body that is mapped */

bool rq_tf_loop_spend(rq_ir_builder *b, const rq_framework_model *body)
{
    uint64_t bytes = (uint64_t)(body->n_nodes + 1) * NODE_BYTES;
    if (bytes > b->fold_budget)
        rq_ir_builder_fail(b, RQ_EUNSUPPORTED, "loops that are too large, or nested too often");
    else
        b->fold_budget -= bytes;
    return b->status == RQ_OK;
}

static uint32_t count_outputs(const rq_tf_loop_emission *e)
{
    uint32_t n = 0;
    for (size_t k = 0; k < e->l->n_states; k++)
        n += e->slots[k].carried || rq_tf_loop_is_list(e->l, k);
    return n;
}

static void map_body(rq_tf_loop_emission *e)
{
    rq_tf_loop *l = e->l;
    rq_ir_builder *b = l->b, *inner = &e->m.build;
    if (!rq_tf_loop_spend(b, &e->body)) return;
    e->m = (rq_subgraph_map){.outer = b};
    e->node = rq_emit_deferred(b, e->sliced ? "TensorIterator-1" : "Loop-5", NULL, 0,
                               count_outputs(e), "%s", "");
    if (!e->node) return;
    rq_id trips = l->trips != RQ_NONE ? l->trips : rq_emit_int(b, -1);
    rq_subgraph_begin(&e->m, b, e->node, &e->body, "body", "port_map");
    if (!e->sliced) {
        rq_subgraph_input(&e->m, trips);
        rq_subgraph_input(&e->m, e->go_on);
    }
    rq_tf_loop_state_parameters(e);
    rq_tf_loop_slice_parameters(e);
    rq_ir_builder_ok(inner, b->status);
    rq_ir_builder_nodes(inner, &e->body);
    for (size_t k = 0; k < l->n_states && inner->status == RQ_OK; k++) {
        const rq_tf_state *s = &l->states[k];
        if (!rq_tf_loop_is_needed(l, s, false)) continue;
        const char *name = rq_tf_loop_next(s);
        e->slots[k].next = rq_ir_builder_find(inner, name);
        if (e->slots[k].next == RQ_NONE)
            rq_ir_builder_fail(inner, RQ_EFORMAT, "the loop's body gives no '%s'", name);
    }
    rq_ir_builder_ok(b, inner->status);
}

void rq_tf_loop_discard(rq_tf_loop_emission *e)
{
    rq_subgraph_end(&e->m, false);
    free(e->m.inputs);
    e->m.inputs = NULL;
}

/* Whether it runs at all. */
static rq_id first_condition(rq_tf_loop *l)
{
    rq_ir_builder *b = l->b;
    const rq_framework_node *node = b->node;
    bool repeated = b->repeated;
    if (l->trips != RQ_NONE) return rq_emit_scalar(b, RQ_DT_BOOL, 1.0);
    for (size_t k = 0; k < l->n_states; k++)
        if (l->states[k].tested && l->states[k].live)
            rq_ir_builder_name(b, l->states[k].cond, rq_ir_builder_find(b, l->states[k].first));
    b->repeated = true;
    rq_ir_builder_nodes(b, l->cond);
    b->node = node;
    b->repeated = repeated;
    return rq_subgraph_output(b, l->cond, 0);
}

static bool is_sliced(const rq_tf_loop_emission *e)
{
    bool counts = false;
    for (size_t k = 0; k < e->l->n_states; k++)
        counts |= e->slots[k].read && e->l->states[k].step != 0;
    return e->l->trips != RQ_NONE && e->n_slices && !counts;
}

bool rq_tf_loop_emit(rq_tf_loop_node *out, rq_tf_loop *loop, bool only_sequence)
{
    rq_ir_builder *b = loop->b;
    rq_tf_loop_emission e = {.l = loop};
    out->outputs = rq_arena_alloc(b->arena, loop->n_states, sizeof *out->outputs);
    if (!rq_ir_builder_ok(b, out->outputs ? RQ_OK : RQ_ENOMEM)) return true;
    for (size_t k = 0; k < loop->n_states; k++) out->outputs[k] = RQ_NONE;
    if (!rq_tf_loop_body(&e.body, loop, false)) return true;
    rq_tf_loop_take_slices(&e);
    if (b->status == RQ_OK) rq_tf_loop_open_slots(&e);
    if (b->status == RQ_OK) e.sliced = is_sliced(&e);
    if (b->status == RQ_OK && !e.sliced) e.go_on = first_condition(loop);
    if (b->status != RQ_OK) return true;
    size_t unmapped = rq_ir_builder_outermost(b)->n_unmapped;
    map_body(&e);
    for (int i = 0; i < MAX_ATTEMPTS && b->status == RQ_OK; i++) {
        if (rq_ir_builder_outermost(b)->n_unmapped > unmapped || !rq_tf_loop_find_changes(&e))
            break;
        rq_tf_loop_discard(&e);
        map_body(&e);
    }
    bool mapped = b->status == RQ_OK && rq_ir_builder_outermost(b)->n_unmapped == unmapped;
    if (mapped && (rq_tf_loop_find_sequence(out, &e) || rq_tf_loop_find_batch(out, &e)))
        return true;
    if (mapped && only_sequence)
        rq_tf_loop_discard(&e);
    else
        rq_tf_loop_finish(out, &e);
    return !(mapped && only_sequence);
}
