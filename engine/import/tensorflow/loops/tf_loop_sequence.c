/* Loops that are recurrent layers. */
#include "engine/import/tensorflow/loops/tf_loop_body_parts.h"
#include "engine/import/tensorflow/loops/tf_sequence.h"

static bool collect_steps(rq_tf_steps *steps, rq_tf_loop_emission *e)
{
    rq_ir_builder *b = e->l->b;
    size_t n = e->l->n_states;
    rq_tf_carried *states = rq_arena_alloc(b->arena, n, sizeof *states);
    rq_id *items = rq_arena_alloc(b->arena, n, sizeof *items);
    if (!rq_ir_builder_ok(b, states && items ? RQ_OK : RQ_ENOMEM)) return false;
    *steps = (rq_tf_steps){.b = b,
                           .body = &e->m.build,
                           .list = e->slices[0].list,
                           .element = e->slices[0].element,
                           .backwards = e->slices[0].backwards,
                           .trip = e->trip,
                           .states = states,
                           .items = items};
    for (size_t k = 0; k < n; k++) {
        const rq_tf_loop_slot *s = &e->slots[k];
        if (s->carried)
            states[steps->n_states++] = (rq_tf_carried){s->first, s->parameter, s->next};
        if (rq_tf_loop_is_list(e->l, k)) items[steps->n_items++] = s->next;
    }
    return true;
}

/* Lists are written at the index that is read; or only the last element stays. */
static bool runs_along(const rq_tf_loop_emission *e)
{
    const rq_tf_loop *l = e->l;
    for (size_t k = 0; k < l->n_states; k++) {
        const rq_tf_state *s = &l->states[k];
        if (!rq_tf_loop_is_list(l, k) || s->last) continue;
        if (rq_tf_loop_writes_backwards(l, s) != e->slices[0].backwards) return false;
    }
    return true;
}

bool rq_tf_loop_find_sequence(rq_tf_loop_node *out, rq_tf_loop_emission *e)
{
    rq_tf_loop *l = e->l;
    rq_tf_steps steps;
    rq_tf_sequence sequence;
    if (l->trips == RQ_NONE || e->n_slices != 1 || !runs_along(e) || !collect_steps(&steps, e) ||
        !rq_tf_sequence_emit(&sequence, &steps))
        return false;
    size_t h = sequence.h, n = 0;
    for (size_t k = 0; k < l->n_states; k++) {
        if (e->slots[k].carried) out->outputs[k] = sequence.state[n++];
        if (rq_tf_loop_is_list(l, k))
            out->outputs[k] = l->states[k].last ? sequence.state[h] : sequence.outputs;
    }
    rq_tf_loop_discard(e);
    return true;
}
