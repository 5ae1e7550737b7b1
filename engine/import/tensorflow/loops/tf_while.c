/* While and StatelessWhile, and TensorFlow 1's frames, which are While nodes by now: to Loop. */
#include "engine/import/tensorflow/loops/tf_loop.h"

#include "engine/import/subgraph.h"
#include "engine/import/tensorflow/loops/tf_loop_body.h"

#include <stdlib.h>
#include <string.h>

#define MAX_UNROLLED_TRIPS 16
#define MAX_UNROLLED_NODES 160

static rq_id first_value(const rq_tf_loop *l, size_t k)
{
    return rq_ir_builder_find(l->b, l->states[k].first);
}

/* -- after the loop: counters and lists ------------------------------------------------------ */

/* first + step * trips, in the counter's own type. */
static rq_id counter_at(rq_ir_builder *b, rq_id first, int64_t step, rq_id trips)
{
    rq_id moved = rq_emit_convert(b, trips, rq_ir_builder_dtype(b, first));
    if (step != 1)
        moved = rq_emit_binary(b, "Multiply-1", moved, rq_emit_like(b, moved, (double)step));
    bool zero = rq_ir_builder_const(b, first) && rq_ir_builder_number(b, first, 1.0) == 0.0;
    return zero ? moved : rq_emit_binary(b, "Add-1", first, moved);
}

/* The list after the loop: what was written, between what was there before. */
static rq_id join_list(const rq_tf_loop *l, const rq_tf_state *s, rq_id written)
{
    rq_ir_builder *b = l->b;
    const int64_t front = 0;
    if (s->last) return rq_emit_unsqueeze(b, written, &front, 1);
    rq_id list = rq_ir_builder_find(b, s->first);
    rq_id trips = l->trips != RQ_NONE ? l->trips : rq_tf_list_length(b, written);
    rq_id begin =
        s->counter == RQ_NONE ? rq_tf_list_length(b, list) : rq_tf_loop_begin(l, s->counter, trips);
    rq_id length = rq_tf_list_length(b, list);
    if (b->status != RQ_OK) return RQ_NONE;
    bool pushed = s->counter == RQ_NONE;
    rq_id end = rq_tf_is_zero(b, begin) ? trips : rq_emit_binary(b, "Add-1", begin, trips);
    bool ends = pushed || rq_tf_same_number(b, end, length) || rq_tf_is_zero(b, length);
    rq_id parts[3];
    size_t n = 0;
    if (!rq_tf_is_zero(b, begin))
        parts[n++] =
            rq_tf_list_part(b, rq_tf_list_like(b, list, written), rq_emit_int(b, 0), begin);
    parts[n++] = written;
    if (!ends) parts[n++] = rq_tf_list_part(b, rq_tf_list_like(b, list, written), end, RQ_NONE);
    return n == 1 ? written : rq_emit(b, "Concat-1", parts, n, "axis=0");
}

/* -- unrolled -------------------------------------------------------------------------------- */

typedef struct unrolled {
    rq_id *now;    /* per state */
    rq_id **items; /* per list: its elements */
} unrolled;

static void bind_states(const rq_tf_loop *l, rq_ir_builder *b, const rq_id *values)
{
    for (size_t k = 0; k < l->n_states; k++)
        if (l->states[k].live && !l->states[k].write && b->status == RQ_OK)
            rq_ir_builder_name(b, l->states[k].body, values[k]);
}

static void unroll_once(const rq_tf_loop *l, const rq_framework_model *body, unrolled *u,
                        int64_t trip)
{
    rq_ir_builder *b = l->b;
    const rq_framework_node *node = b->node;
    if (!rq_tf_loop_spend(b, body)) return;
    bind_states(l, b, u->now);
    rq_ir_builder_nodes(b, body);
    b->node = node;
    for (size_t k = 0; k < l->n_states && b->status == RQ_OK; k++) {
        const rq_tf_state *s = &l->states[k];
        if (!s->live) continue;
        if (s->write)
            u->items[k][trip] = rq_ir_builder_find(b, s->write->in[s->op->item]);
        else
            u->now[k] = rq_ir_builder_find(b, s->result);
        if ((s->write ? u->items[k][trip] : u->now[k]) == RQ_NONE)
            rq_ir_builder_fail(b, RQ_EFORMAT, "its body does not give state %zu", k);
    }
}

static rq_id join_items(const rq_tf_loop *l, const rq_tf_state *s, rq_id *items, int64_t trips)
{
    rq_ir_builder *b = l->b;
    const int64_t front = 0;
    bool backwards = s->counter != RQ_NONE && l->states[s->counter].step < 0;
    if (s->last) return join_list(l, s, items[trips - 1]);
    rq_id *parts = rq_arena_alloc(b->arena, (size_t)trips, sizeof *parts);
    if (!rq_ir_builder_ok(b, parts ? RQ_OK : RQ_ENOMEM)) return RQ_NONE;
    for (int64_t i = 0; i < trips; i++)
        parts[i] = rq_emit_unsqueeze(b, items[backwards ? trips - 1 - i : i], &front, 1);
    rq_id all = trips == 1 ? parts[0] : rq_emit(b, "Concat-1", parts, (size_t)trips, "axis=0");
    return join_list(l, s, all);
}

static bool open_unrolled(unrolled *u, const rq_tf_loop *l, int64_t trips)
{
    rq_ir_builder *b = l->b;
    u->now = rq_arena_alloc(b->arena, l->n_states, sizeof *u->now);
    u->items = rq_arena_alloc(b->arena, l->n_states, sizeof *u->items);
    if (!rq_ir_builder_ok(b, u->now && u->items ? RQ_OK : RQ_ENOMEM)) return false;
    for (size_t k = 0; k < l->n_states; k++) {
        if (!l->states[k].live) continue;
        u->now[k] = first_value(l, k);
        if (!l->states[k].write) continue;
        u->items[k] = rq_arena_alloc(b->arena, (size_t)trips, sizeof **u->items);
        if (!rq_ir_builder_ok(b, u->items[k] ? RQ_OK : RQ_ENOMEM)) return false;
    }
    return b->status == RQ_OK;
}

static void unroll(rq_tf_loop *l, int64_t trips)
{
    rq_ir_builder *b = l->b;
    rq_framework_model body;
    unrolled u;
    bool repeated = b->repeated;
    if (!rq_tf_loop_body(&body, l, true) || !open_unrolled(&u, l, trips)) return;
    b->repeated = true;
    for (int64_t i = 0; i < trips && b->status == RQ_OK; i++) unroll_once(l, &body, &u, i);
    b->repeated = repeated;
    for (size_t k = 0; k < l->n_states && b->status == RQ_OK; k++) {
        const rq_tf_state *s = &l->states[k];
        if (!s->wanted || s->fixed) continue;
        if (s->write && trips)
            rq_ir_builder_set(b, k, join_items(l, s, u.items[k], trips));
        else
            rq_ir_builder_set(b, k, u.now[k]);
    }
}

static bool may_unroll(const rq_tf_loop *l, int64_t *trips)
{
    const rq_tensor *t = rq_ir_builder_const(l->b, l->trips);
    if (!t) return false;
    *trips = rq_load_i64(t->data, t->dtype, 0);
    if (*trips == 0) return true;
    return *trips <= MAX_UNROLLED_TRIPS &&
           *trips * (int64_t)rq_tf_loop_body_size(l) <= MAX_UNROLLED_NODES;
}

/* -- Loop ------------------------------------------------------------------------------------ */

static void set_outputs(const rq_tf_loop *l, const rq_tf_loop_node *made)
{
    rq_ir_builder *b = l->b;
    for (size_t k = 0; k < l->n_states && b->status == RQ_OK; k++) {
        const rq_tf_state *s = &l->states[k];
        if (!s->wanted || s->fixed) continue;
        if (made->outputs[k] == RQ_NONE) /* a counter */
            rq_ir_builder_set(b, k, counter_at(b, first_value(l, k), s->step, l->trips));
        else
            rq_ir_builder_set(b, k,
                              s->write ? join_list(l, s, made->outputs[k]) : made->outputs[k]);
    }
}

static void map_states(rq_tf_loop *l)
{
    rq_ir_builder *b = l->b;
    int64_t trips = 0;
    for (size_t k = 0; k < l->n_states && b->status == RQ_OK; k++) {
        if (l->states[k].fixed && l->states[k].wanted)
            rq_ir_builder_set(b, k, first_value(l, k));
        else if (l->states[k].live && first_value(l, k) == RQ_NONE)
            rq_ir_builder_fail(b, RQ_EFORMAT, "its input %zu is '%s', which nothing gives", k,
                               l->states[k].first);
    }
    rq_tf_loop_count(l);
    if (b->status != RQ_OK) return;
    bool few = l->trips != RQ_NONE && may_unroll(l, &trips);
    rq_tf_loop_node made;
    if ((few && trips < 2) || !rq_tf_loop_emit(&made, l, few))
        unroll(l, trips);
    else if (b->status == RQ_OK)
        set_outputs(l, &made);
}

static void map_while(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_tf_loop l;
    (void)row;
    if (!rq_framework_find_attr(b->node, "cond") ||
        rq_framework_find_attr(b->node, "cond")->kind != RQ_FRAMEWORK_GRAPH ||
        !rq_framework_find_attr(b->node, "body") ||
        rq_framework_find_attr(b->node, "body")->kind != RQ_FRAMEWORK_GRAPH) {
        rq_ir_builder_unmapped(b, "loops whose functions are not in the file");
        return;
    }
    if (rq_ir_builder_ok(b, rq_tf_loop_open(&l, b))) map_states(&l);
    rq_tf_loop_close(&l);
}

static const rq_op_mapping_row rows[] = {
    {"", "StatelessWhile", map_while, NULL},
    {"", "While", map_while, NULL},
};
RQ_OP_MAPPING_GROUP(tf_while, rows)
