/* The part of a loop's body that is needed. */
#include "engine/import/tensorflow/loops/tf_loop_body_parts.h"

#include <string.h>

bool rq_tf_loop_is_carried(const rq_tf_loop *l, const rq_tf_state *s)
{
    if (!s->live || s->write) return false;
    return s->step == 0 || (s->wanted && l->trips == RQ_NONE);
}

bool rq_tf_loop_is_needed(const rq_tf_loop *l, const rq_tf_state *s, bool all)
{
    return s->live &&
           (all || s->write || rq_tf_loop_is_carried(l, s) || (s->tested && l->trips == RQ_NONE));
}

bool rq_tf_loop_is_list(const rq_tf_loop *l, size_t k)
{
    return l->states[k].live && l->states[k].write;
}

const char *rq_tf_loop_next(const rq_tf_state *s)
{
    return s->write ? s->write->in[s->op->item] : s->result;
}

bool rq_tf_loop_writes_backwards(const rq_tf_loop *l, const rq_tf_state *s)
{
    return s->counter != RQ_NONE && l->states[s->counter].step < 0;
}

bool rq_tf_loop_body(rq_framework_model *out, const rq_tf_loop *loop, bool all)
{
    *out = *loop->body;
    out->n_outputs = 0;
    out->outputs = rq_arena_alloc(loop->b->arena, loop->n_states, sizeof *out->outputs);
    if (!rq_ir_builder_ok(loop->b, out->outputs ? RQ_OK : RQ_ENOMEM)) return false;
    for (size_t k = 0; k < loop->n_states; k++) {
        const rq_tf_state *s = &loop->states[k];
        if (!rq_tf_loop_is_needed(loop, s, all)) continue;
        out->outputs[out->n_outputs++] = (rq_framework_value){.name = rq_tf_loop_next(s)};
    }
    return true;
}

rq_status rq_tf_loop_find_read(rq_map **seen, const rq_framework_model *body)
{
    rq_map *producers = NULL;
    rq_status status = rq_map_create(seen);
    if (status == RQ_OK) status = rq_tf_loop_index(&producers, body);
    for (size_t i = 0; i < body->n_outputs && status == RQ_OK; i++)
        status = rq_tf_loop_needs(body, producers, body->outputs[i].name, *seen);
    rq_map_destroy(&producers);
    return status;
}

size_t rq_tf_loop_body_size(const rq_tf_loop *loop)
{
    rq_framework_model body;
    rq_map *seen = NULL;
    size_t n = 0;
    if (!rq_tf_loop_body(&body, loop, true)) return SIZE_MAX;
    rq_ir_builder_ok(loop->b, rq_tf_loop_find_read(&seen, &body));
    for (size_t i = 0; i < body.n_nodes && loop->b->status == RQ_OK; i++)
        for (size_t k = 0; k < body.nodes[i].n_out; k++)
            if (rq_map_get(seen, body.nodes[i].out[k]) != RQ_NONE &&
                strcmp(body.nodes[i].type, "Identity") != 0) {
                n++;
                break;
            }
    rq_map_destroy(&seen);
    return n;
}
