/* States of a loop as what its node carries from trip to trip, and how their shapes change. */
#include "engine/import/tensorflow/loops/tf_loop_body_parts.h"

void rq_tf_loop_open_slots(rq_tf_loop_emission *e)
{
    rq_tf_loop *l = e->l;
    rq_ir_builder *b = l->b;
    rq_map *seen = NULL;
    e->slots = rq_arena_alloc(b->arena, l->n_states, sizeof *e->slots);
    if (!rq_ir_builder_ok(b, e->slots ? RQ_OK : RQ_ENOMEM)) return;
    rq_ir_builder_ok(b, rq_tf_loop_find_read(&seen, &e->body));
    for (size_t k = 0; k < l->n_states && b->status == RQ_OK; k++) {
        rq_tf_loop_slot *s = &e->slots[k];
        s->next = RQ_NONE;
        s->carried = rq_tf_loop_is_carried(l, &l->states[k]);
        s->read = rq_map_get(seen, l->states[k].body) != RQ_NONE;
        if (!s->carried) continue;
        s->first = rq_ir_builder_find(b, l->states[k].first);
        if (s->first == RQ_NONE)
            rq_ir_builder_fail(b, RQ_EFORMAT, "its loop begins with '%s', which nothing gives",
                               l->states[k].first);
        for (int i = 0; i < RQ_IR_BUILDER_SAMPLES; i++)
            s->shape[i] = rq_ir_builder_sample(b, s->first, i)->shape;
    }
    rq_map_destroy(&seen);
}

static rq_shape declared_shape(const rq_tf_loop_slot *s)
{
    rq_shape shape = s->shape[0];
    for (int i = 0; i < shape.rank; i++)
        if (s->wide[i] || s->shape[0].d[i] != s->shape[1].d[i]) shape.d[i] = RQ_DYNAMIC;
    return shape;
}

static void carry(rq_tf_loop_emission *e, size_t k)
{
    const rq_tf_state *s = &e->l->states[k];
    rq_tf_loop_slot *at = &e->slots[k];
    rq_shape shape = declared_shape(at);
    uint32_t input = rq_subgraph_input(&e->m, at->first);
    at->parameter = rq_subgraph_parameter(&e->m, s->body, rq_ir_builder_dtype(e->l->b, at->first),
                                          &shape, input, NULL);
    if (at->parameter == RQ_NONE) return;
    for (int i = 0; i < RQ_IR_BUILDER_SAMPLES; i++)
        e->m.build.values[at->parameter].t[i].shape = at->shape[i];
}

/* A counter's value, by the number of the trip. */
static void count(rq_tf_loop_emission *e, size_t k, rq_id trip)
{
    const rq_tf_state *s = &e->l->states[k];
    rq_ir_builder *inner = &e->m.build;
    rq_id first = rq_ir_builder_find(inner, s->first);
    rq_id moved = rq_emit_convert(inner, trip, rq_ir_builder_dtype(inner, first));
    if (s->step != 1)
        moved =
            rq_emit_binary(inner, "Multiply-1", moved, rq_emit_like(inner, moved, (double)s->step));
    if (!rq_tf_is_zero(inner, first)) moved = rq_emit_binary(inner, "Add-1", first, moved);
    rq_ir_builder_name(inner, s->body, moved);
}

void rq_tf_loop_state_parameters(rq_tf_loop_emission *e)
{
    rq_tf_loop *l = e->l;
    e->trip = RQ_NONE;
    for (size_t k = 0; k < l->n_states && l->b->status == RQ_OK; k++)
        if (e->slots[k].carried) carry(e, k);
    for (size_t k = 0; k < l->n_states && l->b->status == RQ_OK; k++) {
        if (e->slots[k].carried || !e->slots[k].read || l->states[k].step == 0) continue;
        if (e->trip == RQ_NONE)
            e->trip = rq_subgraph_parameter(&e->m, "iteration", RQ_DT_I64, &RQ_SHAPE_SCALAR,
                                            RQ_NONE, NULL);
        count(e, k, e->trip);
    }
}

/* A blank list gets room for what the body writes: zeros, of one element where the size is not
 * known before it runs. */
static void fill_list(rq_tf_loop_emission *e, rq_tf_loop_slot *s)
{
    rq_ir_builder *b = e->l->b;
    const rq_tensor *t = e->m.build.values[s->next].t;
    rq_shape element = {t[0].shape.rank - 1, {0}};
    for (int i = 0; i < element.rank; i++)
        element.d[i] = t[0].shape.d[i + 1] == t[1].shape.d[i + 1] ? t[0].shape.d[i + 1] : 1;
    rq_id sizes = rq_emit_ints(b, element.d, (size_t)element.rank);
    rq_id one = rq_emit(b, "Broadcast-3",
                        RQ_IN(rq_emit_scalar(b, rq_ir_builder_dtype(b, s->first), 0.0), sizes),
                        "mode=numpy");
    s->first = rq_tf_list_zeros(b, rq_tf_list_length(b, s->first), one);
    for (int i = 0; i < RQ_IR_BUILDER_SAMPLES; i++)
        s->shape[i] = rq_ir_builder_sample(b, s->first, i)->shape;
}

static bool widen(rq_tf_loop_slot *s, int sample, const rq_shape *next)
{
    rq_shape *have = &s->shape[sample];
    bool changed = false;
    if (next->rank < 0 || have->rank < 0) return false;
    if (next->rank != have->rank) {
        s->shape[0].rank = s->shape[1].rank = -1;
        return true;
    }
    for (int i = 0; i < have->rank; i++) {
        if (s->wide[i] || have->d[i] == next->d[i]) continue;
        s->wide[i] = changed = true;
        for (int k = 0; k < RQ_IR_BUILDER_SAMPLES; k++)
            s->shape[k].d[i] = rq_ir_builder_data_dims[k];
    }
    return changed;
}

bool rq_tf_loop_find_changes(rq_tf_loop_emission *e)
{
    rq_ir_builder *b = e->l->b;
    bool changed = false;
    for (size_t k = 0; k < e->l->n_states && b->status == RQ_OK; k++) {
        rq_tf_loop_slot *s = &e->slots[k];
        if (!s->carried) continue;
        const rq_tensor *next = e->m.build.values[s->next].t;
        bool blank = rq_tf_list_is_blank(b, s->first) && next[0].shape.rank > 0 &&
                     !(next[0].shape.rank == 2 && next[0].shape.d[1] == 0);
        if (blank) fill_list(e, s);
        for (int i = 0; i < RQ_IR_BUILDER_SAMPLES && !blank; i++)
            changed |= widen(s, i, &next[i].shape);
        changed |= blank;
    }
    return changed;
}
