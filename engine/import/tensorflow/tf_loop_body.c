#include "engine/import/tensorflow/tf_loop_body.h"

#include "engine/import/subgraph.h"
#include "engine/import/tensorflow/tf_sequence.h"

#include <stdlib.h>
#include <string.h>

#define MAX_ATTEMPTS 8 /* each finds more dimensions that change from trip to trip */
#define NODE_BYTES 256 /* of the fold budget, for each node of a body that is mapped */

/* A state's value in the body. */
typedef struct slot {
    rq_id first;                           /* in the graph around: what it begins as */
    rq_shape shape[RQ_IR_BUILDER_SAMPLES]; /* in the body, for either sample */
    bool wide[RQ_MAX_RANK];                /* dimensions that change */
    bool carried;                          /* by a back edge */
    bool read;                             /* in the body */
    rq_id parameter, next;                 /* in the body */
    rq_node *result;
} slot;

/* A read of a list, element by element: the Loop slices it. */
typedef struct slice {
    const rq_framework_node *node;
    rq_id list;    /* in the graph around, from the first element read to the last */
    rq_id element; /* in the body */
    bool backwards;
} slice;

typedef struct emission {
    rq_tf_loop *l;
    rq_framework_model body; /* without the reads that are slices */
    slot *slots;             /* per state */
    slice *slices;
    size_t n_slices;
    rq_subgraph_map m;
    rq_node *node;
    bool sliced; /* how often it runs, slices tell: a TensorIterator */
    rq_id go_on; /* in the graph around */
    rq_id trip;  /* in the body: number of the trip; RQ_NONE: nobody reads it */
} emission;

/* -- the part of the body that is needed ----------------------------------------------------- */

/* Carried from trip to trip: not what the trip's number tells, nor a list that only grows. */
static bool is_carried(const rq_tf_loop *l, const rq_tf_state *s)
{
    if (!s->live || s->write) return false;
    return s->step == 0 || (s->wanted && l->trips == RQ_NONE);
}

static bool is_needed(const rq_tf_loop *l, const rq_tf_state *s, bool all)
{
    return s->live && (all || s->write || is_carried(l, s) || (s->tested && l->trips == RQ_NONE));
}

static bool is_list(const rq_tf_loop *l, size_t k)
{
    return l->states[k].live && l->states[k].write;
}

bool rq_tf_loop_body(rq_framework_model *out, const rq_tf_loop *loop, bool all)
{
    *out = *loop->body;
    out->n_outputs = 0;
    out->outputs = rq_arena_alloc(loop->b->arena, loop->n_states, sizeof *out->outputs);
    if (!rq_ir_builder_ok(loop->b, out->outputs ? RQ_OK : RQ_ENOMEM)) return false;
    for (size_t k = 0; k < loop->n_states; k++) {
        const rq_tf_state *s = &loop->states[k];
        if (!is_needed(loop, s, all)) continue;
        const char *name = s->write ? s->write->in[s->op->item] : s->result;
        out->outputs[out->n_outputs++] = (rq_framework_value){.name = name};
    }
    return true;
}

/* All that the outputs are computed from. */
static rq_status find_read(rq_map **seen, const rq_framework_model *body)
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
    rq_ir_builder_ok(loop->b, find_read(&seen, &body));
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

/* -- slices ---------------------------------------------------------------------------------- */

/* The list from the first element read to the last. */
static rq_id list_part(const rq_tf_loop *l, const char *name, uint32_t counter)
{
    rq_ir_builder *b = l->b;
    rq_id list = rq_ir_builder_find(b, name);
    rq_id begin = rq_tf_loop_begin(l, counter, l->trips), length = rq_tf_list_length(b, list);
    if (b->status != RQ_OK) return RQ_NONE;
    if (rq_tf_is_zero(b, begin) && rq_tf_same_number(b, length, l->trips)) return list;
    return rq_tf_list_part(b, list, begin, rq_emit_binary(b, "Add-1", begin, l->trips));
}

/* An element of an outer list, whose index counts trips. */
static bool is_slice(const rq_tf_loop *l, const rq_framework_node *node, uint32_t *counter)
{
    const rq_tf_list_op *op = rq_tf_list_op_find(node->type);
    if (!op || op->use != RQ_TF_LIST_GET || op->list >= node->n_in || l->trips == RQ_NONE ||
        !rq_tf_loop_is_outer(l, node->in[op->list], false))
        return false;
    *counter = rq_tf_loop_state(l, node->in[op->index], false);
    if (*counter == RQ_NONE) return false;
    int64_t step = l->states[*counter].step;
    return step == 1 || step == -1;
}

static void take_slice(emission *e, const rq_framework_node *node, uint32_t counter)
{
    const rq_tf_loop *l = e->l;
    const rq_tf_list_op *op = rq_tf_list_op_find(node->type);
    const char *name = rq_tf_loop_source(l->body, l->in_body, node->in[op->list]);
    slice *s = &e->slices[e->n_slices++];
    *s = (slice){node, list_part(l, name, counter), RQ_NONE, l->states[counter].step < 0};
    if (s->list == RQ_NONE)
        rq_ir_builder_fail(l->b, RQ_EFORMAT, "its body reads '%s', which nothing gives", name);
}

/* Nodes that only read slices are taken out of the body. */
static void take_slices(emission *e)
{
    const rq_tf_loop *l = e->l;
    rq_map *seen = NULL;
    size_t n = 0;
    e->slices = rq_arena_alloc(l->b->arena, e->body.n_nodes, sizeof *e->slices);
    /* Lists of what does not map outlive the graph. */
    rq_framework_node *nodes = rq_arena_alloc(l->body->arena, e->body.n_nodes, sizeof *nodes);
    if (!rq_ir_builder_ok(l->b, nodes && e->slices ? RQ_OK : RQ_ENOMEM)) return;
    rq_ir_builder_ok(l->b, find_read(&seen, &e->body));
    for (size_t i = 0; i < e->body.n_nodes && l->b->status == RQ_OK; i++) {
        const rq_framework_node *node = &e->body.nodes[i];
        uint32_t counter;
        if (node->n_out && rq_map_get(seen, node->out[0]) != RQ_NONE && is_slice(l, node, &counter))
            take_slice(e, node, counter);
        else
            nodes[n++] = *node;
    }
    e->body.nodes = nodes;
    e->body.n_nodes = n;
    rq_map_destroy(&seen);
}

static void slice_parameters(emission *e)
{
    rq_ir_builder *b = e->l->b, *inner = &e->m.build;
    const rq_subgraph_slice forward = {.sliced = true}, back = {.sliced = true, .backwards = true};
    const int64_t front = 0;
    for (size_t i = 0; i < e->n_slices && b->status == RQ_OK; i++) {
        slice *s = &e->slices[i];
        rq_shape shape = rq_ir_builder_shape(b, s->list);
        if (shape.rank < 1) {
            rq_ir_builder_unmapped(b, "a list of elements of unknown rank");
            return;
        }
        shape.d[0] = 1;
        const char *name = rq_arena_printf(b->arena, "%s/part", s->node->name);
        if (!rq_ir_builder_ok(b, name ? RQ_OK : RQ_ENOMEM)) return;
        rq_id value = rq_subgraph_parameter(&e->m, name, rq_ir_builder_dtype(b, s->list), &shape,
                                            rq_subgraph_input(&e->m, s->list),
                                            s->backwards ? &back : &forward);
        for (int k = 0; value != RQ_NONE && k < RQ_IR_BUILDER_SAMPLES; k++) {
            inner->values[value].t[k].shape = b->values[s->list].t[k].shape;
            inner->values[value].t[k].shape.d[0] = 1;
        }
        s->element = rq_emit_squeeze(inner, value, &front, 1);
        rq_ir_builder_name(inner, s->node->out[0], s->element);
    }
}

/* -- states ---------------------------------------------------------------------------------- */

static rq_shape declared_shape(const slot *s)
{
    rq_shape shape = s->shape[0];
    for (int i = 0; i < shape.rank; i++)
        if (s->wide[i] || s->shape[0].d[i] != s->shape[1].d[i]) shape.d[i] = RQ_DYNAMIC;
    return shape;
}

static void carry(emission *e, size_t k)
{
    const rq_tf_state *s = &e->l->states[k];
    slot *at = &e->slots[k];
    rq_shape shape = declared_shape(at);
    uint32_t input = rq_subgraph_input(&e->m, at->first);
    at->parameter = rq_subgraph_parameter(&e->m, s->body, rq_ir_builder_dtype(e->l->b, at->first),
                                          &shape, input, NULL);
    if (at->parameter == RQ_NONE) return;
    for (int i = 0; i < RQ_IR_BUILDER_SAMPLES; i++)
        e->m.build.values[at->parameter].t[i].shape = at->shape[i];
}

/* A counter's value, by the number of the trip. */
static void count(emission *e, size_t k, rq_id trip)
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

static void state_parameters(emission *e)
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

/* -- one attempt ----------------------------------------------------------------------------- */

bool rq_tf_loop_spend(rq_ir_builder *b, const rq_framework_model *body)
{
    uint64_t bytes = (uint64_t)(body->n_nodes + 1) * NODE_BYTES;
    if (bytes > b->fold_budget)
        rq_ir_builder_fail(b, RQ_EUNSUPPORTED, "loops that are too large, or nested too often");
    else
        b->fold_budget -= bytes;
    return b->status == RQ_OK;
}

static uint32_t count_outputs(const emission *e)
{
    uint32_t n = 0;
    for (size_t k = 0; k < e->l->n_states; k++) n += e->slots[k].carried || is_list(e->l, k);
    return n;
}

static void map_body(emission *e)
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
    state_parameters(e);
    slice_parameters(e);
    rq_ir_builder_ok(inner, b->status);
    rq_ir_builder_nodes(inner, &e->body);
    for (size_t k = 0; k < l->n_states && inner->status == RQ_OK; k++) {
        const rq_tf_state *s = &l->states[k];
        if (!is_needed(l, s, false)) continue;
        const char *name = s->write ? s->write->in[s->op->item] : s->result;
        e->slots[k].next = rq_ir_builder_find(inner, name);
        if (e->slots[k].next == RQ_NONE)
            rq_ir_builder_fail(inner, RQ_EFORMAT, "the loop's body gives no '%s'", name);
    }
    rq_ir_builder_ok(b, inner->status);
}

/* -- what changes from trip to trip ---------------------------------------------------------- */

/* A blank list gets room for what the body writes: zeros, of one element where the size is not
 * known before it runs. */
static void fill_list(emission *e, slot *s)
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
        if (b->status == RQ_OK) s->shape[i] = b->values[s->first].t[i].shape;
}

static bool widen(slot *s, int sample, const rq_shape *next)
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

/* False when all states have the shapes that they came in with. */
static bool find_changes(emission *e)
{
    rq_ir_builder *b = e->l->b;
    bool changed = false;
    for (size_t k = 0; k < e->l->n_states && b->status == RQ_OK; k++) {
        slot *s = &e->slots[k];
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

static void discard(emission *e)
{
    rq_subgraph_end(&e->m, false);
    free(e->m.inputs);
    e->m.inputs = NULL;
}

/* -- the end --------------------------------------------------------------------------------- */

static void emit_condition(emission *e)
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

static void emit_results(emission *e)
{
    rq_tf_loop *l = e->l;
    rq_ir_builder *inner = &e->m.build;
    const int64_t front = 0;
    uint32_t index = 0;
    if (!e->sliced) emit_condition(e);
    for (size_t k = 0; k < l->n_states && inner->status == RQ_OK; k++) {
        const rq_tf_state *s = &l->states[k];
        slot *at = &e->slots[k];
        bool list = s->live && s->write;
        if (!at->carried && !list) continue;
        rq_subgraph_slice part = {.sliced = list && !s->last};
        part.backwards = list && s->counter != RQ_NONE && l->states[s->counter].step < 0;
        if (part.sliced) at->next = rq_emit_unsqueeze(inner, at->next, &front, 1);
        at->result = rq_subgraph_result(&e->m, s->result, at->next, index++, &part);
        if (!list) rq_subgraph_edge(&e->m, at->result, at->parameter);
    }
}

/* How often it runs is not known, but shapes are. */
static void know_output(emission *e, size_t k, rq_id value, const rq_tensor *next)
{
    rq_ir_builder *b = e->l->b;
    if (b->status != RQ_OK || rq_ir_builder_rank(b, value) >= 0) return;
    for (int i = 0; i < RQ_IR_BUILDER_SAMPLES; i++) {
        b->values[value].t[i] = (rq_tensor){next[i].dtype, next[i].shape, NULL};
        if (e->l->states[k].write) b->values[value].t[i].shape.d[0] = rq_ir_builder_data_dims[i];
    }
}

static void finish(rq_tf_loop_node *out, emission *e)
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
        if (!e->slots[k].carried && !is_list(e->l, k)) continue;
        out->outputs[k] = e->node->out[index++];
        know_output(e, k, out->outputs[k], next[k]);
    }
    if (b->status == RQ_OK) rq_ir_builder_note_outputs(b, e->node);
}

/* -- a recurrent layer ----------------------------------------------------------------------- */

static bool collect_steps(rq_tf_steps *steps, emission *e)
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
        const slot *s = &e->slots[k];
        if (s->carried)
            states[steps->n_states++] = (rq_tf_carried){s->first, s->parameter, s->next};
        if (is_list(e->l, k)) items[steps->n_items++] = s->next;
    }
    return true;
}

/* Lists are written at the index that is read; or only the last element stays. */
static bool runs_along(const emission *e)
{
    const rq_tf_loop *l = e->l;
    for (size_t k = 0; k < l->n_states; k++) {
        const rq_tf_state *s = &l->states[k];
        if (!is_list(l, k) || s->last) continue;
        bool backwards = s->counter != RQ_NONE && l->states[s->counter].step < 0;
        if (backwards != e->slices[0].backwards) return false;
    }
    return true;
}

/* The Loop is one: its node is left to those that nothing reads. */
static bool find_sequence(rq_tf_loop_node *out, emission *e)
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
        if (is_list(l, k))
            out->outputs[k] = l->states[k].last ? sequence.state[h] : sequence.outputs;
    }
    discard(e);
    return true;
}

/* -- beginning ------------------------------------------------------------------------------- */

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

static void open_slots(emission *e)
{
    rq_tf_loop *l = e->l;
    rq_ir_builder *b = l->b;
    rq_map *seen = NULL;
    e->slots = rq_arena_alloc(b->arena, l->n_states, sizeof *e->slots);
    if (!rq_ir_builder_ok(b, e->slots ? RQ_OK : RQ_ENOMEM)) return;
    rq_ir_builder_ok(b, find_read(&seen, &e->body));
    for (size_t k = 0; k < l->n_states && b->status == RQ_OK; k++) {
        slot *s = &e->slots[k];
        s->next = RQ_NONE;
        s->carried = is_carried(l, &l->states[k]);
        s->read = rq_map_get(seen, l->states[k].body) != RQ_NONE;
        if (!s->carried) continue;
        s->first = rq_ir_builder_find(b, l->states[k].first);
        for (int i = 0; i < RQ_IR_BUILDER_SAMPLES; i++)
            s->shape[i] = b->values[s->first].t[i].shape;
    }
    rq_map_destroy(&seen);
}

static bool is_sliced(const emission *e)
{
    bool counts = false;
    for (size_t k = 0; k < e->l->n_states; k++)
        counts |= e->slots[k].read && e->l->states[k].step != 0;
    return e->l->trips != RQ_NONE && e->n_slices && !counts;
}

bool rq_tf_loop_emit(rq_tf_loop_node *out, rq_tf_loop *loop, bool only_sequence)
{
    rq_ir_builder *b = loop->b;
    emission e = {.l = loop};
    out->outputs = rq_arena_alloc(b->arena, loop->n_states, sizeof *out->outputs);
    if (!rq_ir_builder_ok(b, out->outputs ? RQ_OK : RQ_ENOMEM)) return true;
    for (size_t k = 0; k < loop->n_states; k++) out->outputs[k] = RQ_NONE;
    if (!rq_tf_loop_body(&e.body, loop, false)) return true;
    take_slices(&e);
    if (b->status == RQ_OK) open_slots(&e);
    if (b->status == RQ_OK) e.sliced = is_sliced(&e);
    if (b->status == RQ_OK && !e.sliced) e.go_on = first_condition(loop);
    if (b->status != RQ_OK) return true;
    size_t unmapped = rq_ir_builder_outermost(b)->n_unmapped;
    map_body(&e);
    for (int i = 0; i < MAX_ATTEMPTS && b->status == RQ_OK; i++) {
        if (rq_ir_builder_outermost(b)->n_unmapped > unmapped || !find_changes(&e)) break;
        discard(&e);
        map_body(&e);
    }
    bool mapped = b->status == RQ_OK && rq_ir_builder_outermost(b)->n_unmapped == unmapped;
    if (mapped && find_sequence(out, &e)) return true;
    if (mapped && only_sequence)
        discard(&e);
    else
        finish(out, &e);
    return !(mapped && only_sequence);
}
