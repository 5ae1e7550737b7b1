#include "engine/import/tensorflow/loops/tf_loop.h"

#include <stdlib.h>
#include <string.h>

/* -- names ----------------------------------------------------------------------------------- */

rq_status rq_tf_loop_index(rq_map **out, const rq_framework_model *model)
{
    RQ_TRY(rq_map_create(out));
    for (size_t i = 0; i < model->n_nodes; i++)
        for (size_t k = 0; k < model->nodes[i].n_out; k++)
            if (model->nodes[i].out[k][0])
                RQ_TRY(rq_map_put(*out, model->nodes[i].out[k], (uint32_t)i));
    return RQ_OK;
}

static const rq_framework_node *producer(const rq_framework_model *model, const rq_map *producers,
                                         const char *name)
{
    uint32_t i = rq_map_get(producers, name);
    return i == RQ_NONE ? NULL : &model->nodes[i];
}

const char *rq_tf_loop_source(const rq_framework_model *model, const rq_map *producers,
                              const char *name)
{
    for (size_t steps = 0; steps < model->n_nodes; steps++) {
        const rq_framework_node *node = producer(model, producers, name);
        if (!node || strcmp(node->type, "Identity") != 0 || node->n_in != 1) break;
        name = node->in[0];
    }
    return name;
}

uint32_t rq_tf_loop_state(const rq_tf_loop *loop, const char *name, bool in_cond)
{
    return in_cond
               ? rq_map_get(loop->cond_states, rq_tf_loop_source(loop->cond, loop->in_cond, name))
               : rq_map_get(loop->body_states, rq_tf_loop_source(loop->body, loop->in_body, name));
}

bool rq_tf_loop_is_outer(const rq_tf_loop *loop, const char *name, bool in_cond)
{
    const char *end = in_cond ? rq_tf_loop_source(loop->cond, loop->in_cond, name)
                              : rq_tf_loop_source(loop->body, loop->in_body, name);
    return rq_map_get(in_cond ? loop->in_cond : loop->in_body, end) == RQ_NONE &&
           rq_tf_loop_state(loop, end, in_cond) == RQ_NONE;
}

/* -- what needs what ------------------------------------------------------------------------- */

typedef struct needs {
    const rq_framework_model *model;
    const rq_map *producers;
    rq_map *seen;
    const char **stack;
    size_t n, capacity;
} needs;

static rq_status need(needs *s, const char *name)
{
    if (!name[0] || rq_map_get(s->seen, name) != RQ_NONE) return RQ_OK;
    RQ_TRY(rq_map_put(s->seen, name, 0));
    RQ_TRY(rq_grow(&s->stack, &s->capacity, s->n, sizeof *s->stack, "a loop"));
    s->stack[s->n++] = name;
    return RQ_OK;
}

/* What a node reads, graphs inside included: their own names lead nowhere. */
static rq_status need_inputs(needs *s, const rq_framework_node *node)
{
    for (size_t k = 0; k < node->n_in; k++) RQ_TRY(need(s, node->in[k]));
    for (size_t a = 0; a < node->n_attrs; a++) {
        const rq_framework_model *inner =
            node->attrs[a].kind == RQ_FRAMEWORK_GRAPH ? node->attrs[a].graph : NULL;
        for (size_t i = 0; inner && i < inner->n_nodes; i++)
            RQ_TRY(need_inputs(s, &inner->nodes[i]));
        for (size_t i = 0; inner && i < inner->n_outputs; i++)
            RQ_TRY(need(s, inner->outputs[i].name));
    }
    return RQ_OK;
}

rq_status rq_tf_loop_needs(const rq_framework_model *model, const rq_map *producers,
                           const char *name, rq_map *seen)
{
    needs s = {.model = model, .producers = producers, .seen = seen};
    rq_status status = need(&s, name);
    while (status == RQ_OK && s.n) {
        const rq_framework_node *node = producer(model, producers, s.stack[--s.n]);
        if (node) status = need_inputs(&s, node);
    }
    free(s.stack);
    return status;
}

/* -- live states ----------------------------------------------------------------------------- */

static rq_status find_tested(rq_tf_loop *l)
{
    rq_map *seen;
    RQ_TRY(rq_map_create(&seen));
    rq_status status = rq_tf_loop_needs(l->cond, l->in_cond, l->cond->outputs[0].name, seen);
    for (size_t k = 0; k < l->n_states; k++)
        l->states[k].tested = rq_map_get(seen, l->states[k].cond) != RQ_NONE;
    rq_map_destroy(&seen);
    return status;
}

static rq_status find_live(rq_tf_loop *l)
{
    rq_map *seen;
    rq_status status = RQ_OK;
    RQ_TRY(rq_map_create(&seen));
    for (bool changed = true; changed && status == RQ_OK;) {
        changed = false;
        for (size_t k = 0; k < l->n_states && status == RQ_OK; k++) {
            rq_tf_state *s = &l->states[k];
            bool live = s->wanted || s->tested || rq_map_get(seen, s->body) != RQ_NONE;
            if (s->fixed || s->live || !live) continue;
            s->live = changed = true;
            status = rq_tf_loop_needs(l->body, l->in_body, s->result, seen);
        }
    }
    rq_map_destroy(&seen);
    return status;
}

/* -- counters -------------------------------------------------------------------------------- */

/* A whole number that the loop does not change. */
static bool read_step(rq_tf_loop *l, const char *name, int64_t *out)
{
    if (!rq_tf_loop_is_outer(l, name, false)) return false;
    name = rq_tf_loop_source(l->body, l->in_body, name);
    rq_id value = rq_ir_builder_find(l->b, name);
    const rq_tensor *t = rq_ir_builder_const(l->b, value);
    if (!t || t->shape.rank != 0 || (t->dtype != RQ_DT_I32 && t->dtype != RQ_DT_I64)) return false;
    *out = rq_load_i64(t->data, t->dtype, 0);
    return *out != 0 && *out > INT32_MIN && *out < INT32_MAX;
}

static void find_step(rq_tf_loop *l, uint32_t k)
{
    rq_tf_state *s = &l->states[k];
    const rq_framework_node *node =
        producer(l->body, l->in_body, rq_tf_loop_source(l->body, l->in_body, s->result));
    int64_t step;
    if (!node || node->n_in != 2) return;
    bool sub = !strcmp(node->type, "Sub");
    if (!sub && strcmp(node->type, "Add") != 0 && strcmp(node->type, "AddV2") != 0) return;
    uint32_t own = rq_tf_loop_state(l, node->in[0], false) == k ? 0 : 1;
    if (rq_tf_loop_state(l, node->in[own], false) != k || (sub && own == 1)) return;
    if (read_step(l, node->in[1 - own], &step)) s->step = sub ? -step : step;
}

/* -- lists that grow ------------------------------------------------------------------------- */

static rq_status add_reader(rq_map *readers, const char *name)
{
    uint32_t n = rq_map_get(readers, name);
    return rq_map_put(readers, name, n == RQ_NONE ? 1 : n + 1);
}

static rq_status count_readers(rq_map *readers, const rq_framework_model *model)
{
    for (size_t i = 0; i < model->n_nodes; i++) {
        const rq_framework_node *node = &model->nodes[i];
        for (size_t k = 0; k < node->n_in; k++) RQ_TRY(add_reader(readers, node->in[k]));
        for (size_t a = 0; a < node->n_attrs; a++)
            if (node->attrs[a].kind == RQ_FRAMEWORK_GRAPH)
                RQ_TRY(count_readers(readers, node->attrs[a].graph));
    }
    for (size_t i = 0; i < model->n_outputs; i++)
        RQ_TRY(add_reader(readers, model->outputs[i].name));
    return RQ_OK;
}

/* Each name from the result back to the state has one reader: nothing else sees the list. */
static bool is_private(const rq_tf_loop *l, const char *name)
{
    for (size_t steps = 0; steps <= l->body->n_nodes; steps++) {
        const rq_framework_node *node = producer(l->body, l->in_body, name);
        if (rq_map_get(l->readers, name) != 1) return false;
        if (!node) return true;
        const rq_tf_list_op *op = rq_tf_list_op_find(node->type);
        name = node->in[op ? op->list : 0];
    }
    return false;
}

/* Every trip writes a list's only element. */
static bool is_only_element(rq_tf_loop *l, const rq_tf_state *s, const char *index)
{
    if (!rq_tf_loop_is_outer(l, index, false)) return false;
    rq_id i = rq_ir_builder_find(l->b, rq_tf_loop_source(l->body, l->in_body, index));
    rq_shape shape = rq_ir_builder_shape(l->b, rq_ir_builder_find(l->b, s->first));
    return rq_tf_is_zero(l->b, i) && shape.rank > 0 && shape.d[0] == 1;
}

static void find_write(rq_tf_loop *l, uint32_t k)
{
    rq_tf_state *s = &l->states[k];
    const rq_framework_node *node =
        producer(l->body, l->in_body, rq_tf_loop_source(l->body, l->in_body, s->result));
    const rq_tf_list_op *op = node ? rq_tf_list_op_find(node->type) : NULL;
    if (!op || op->use == RQ_TF_LIST_GET || s->tested || op->list >= node->n_in ||
        rq_tf_loop_state(l, node->in[op->list], false) != k || !is_private(l, s->result))
        return;
    uint32_t counter = RQ_NONE;
    if (op->use == RQ_TF_LIST_SET) {
        counter = rq_tf_loop_state(l, node->in[op->index], false);
        s->last = counter == RQ_NONE && is_only_element(l, s, node->in[op->index]);
        if (!s->last &&
            (counter == RQ_NONE || (l->states[counter].step != 1 && l->states[counter].step != -1)))
            return;
    }
    s->write = node;
    s->op = op;
    s->counter = counter;
}

/* -- opening --------------------------------------------------------------------------------- */

static rq_status name_states(rq_tf_loop *l)
{
    const rq_framework_node *node = l->b->node;
    l->n_states = node->n_in;
    l->states = rq_arena_alloc(l->b->arena, l->n_states, sizeof *l->states);
    if (!l->states) return RQ_ENOMEM;
    for (size_t k = 0; k < l->n_states; k++) {
        rq_tf_state *s = &l->states[k];
        *s = (rq_tf_state){.first = node->in[k],
                           .cond = l->cond->inputs[k].name,
                           .body = l->body->inputs[k].name,
                           .result = l->body->outputs[k].name,
                           .counter = RQ_NONE};
        s->fixed = !strcmp(s->first, s->result);
        s->wanted = rq_ir_builder_wants(l->b, k);
        if (s->fixed) continue;
        RQ_TRY(rq_map_put(l->cond_states, s->cond, (uint32_t)k));
        RQ_TRY(rq_map_put(l->body_states, s->body, (uint32_t)k));
    }
    return RQ_OK;
}

static bool fits(const rq_tf_loop *l)
{
    size_t n = l->b->node->n_in;
    return l->cond->n_inputs == n && l->cond->n_outputs == 1 && l->body->n_inputs == n &&
           l->body->n_outputs == n && l->b->node->n_out <= n;
}

rq_status rq_tf_loop_open(rq_tf_loop *loop, rq_ir_builder *b)
{
    const rq_framework_attr *cond = rq_framework_find_attr(b->node, "cond");
    const rq_framework_attr *body = rq_framework_find_attr(b->node, "body");
    *loop = (rq_tf_loop){.b = b, .cond = cond->graph, .body = body->graph, .trips = RQ_NONE};
    if (!fits(loop))
        return rq_fail(RQ_EFORMAT, "%s: node '%s' (%s): its graphs do not fit its %zu inputs",
                       b->source->path, b->node->name, b->node->type, b->node->n_in);
    RQ_TRY(rq_map_create(&loop->cond_states));
    RQ_TRY(rq_map_create(&loop->body_states));
    RQ_TRY(rq_map_create(&loop->readers));
    RQ_TRY(count_readers(loop->readers, loop->body));
    RQ_TRY(rq_tf_loop_index(&loop->in_cond, loop->cond));
    RQ_TRY(rq_tf_loop_index(&loop->in_body, loop->body));
    RQ_TRY(name_states(loop));
    RQ_TRY(find_tested(loop));
    RQ_TRY(find_live(loop));
    for (uint32_t k = 0; k < loop->n_states; k++)
        if (loop->states[k].live) find_step(loop, k);
    for (uint32_t k = 0; k < loop->n_states; k++)
        if (loop->states[k].live) find_write(loop, k);
    return b->status;
}

void rq_tf_loop_close(rq_tf_loop *loop)
{
    rq_map_destroy(&loop->in_cond);
    rq_map_destroy(&loop->in_body);
    rq_map_destroy(&loop->cond_states);
    rq_map_destroy(&loop->body_states);
    rq_map_destroy(&loop->readers);
}
