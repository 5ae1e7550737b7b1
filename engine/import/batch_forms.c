/* Forms of values for all elements of a batch, and emitting in them. */
#include "engine/import/batch_step.h"

rq_batched *rq_batch_at(const rq_batch *batch, rq_id value)
{
    return &batch->values[value];
}

rq_shape rq_batch_shape(const rq_batch *batch, rq_id value)
{
    return rq_ir_builder_shape(batch->body, value);
}

int rq_batch_rank(const rq_batch_step *s, rq_id value)
{
    return rq_ir_builder_rank(s->batch->body, value);
}

/* -- forms of a value ------------------------------------------------------------------------- */

rq_id rq_batch_whole(rq_batch *batch, rq_id value)
{
    rq_batched *v = rq_batch_at(batch, value);
    const rq_tensor *t = rq_ir_builder_const(batch->body, value);
    if (v->whole == RQ_NONE && v->front == RQ_NONE && v->lead == RQ_NONE && t)
        v->whole = rq_emit_const(batch->b, t);
    return v->whole;
}

bool rq_batch_is_batched(const rq_batch *batch, rq_id value)
{
    return rq_batch_at(batch, value)->front != RQ_NONE ||
           rq_batch_at(batch, value)->lead != RQ_NONE;
}

bool rq_batch_has_lead(const rq_batch *batch, rq_id value)
{
    rq_shape shape = rq_batch_shape(batch, value);
    return rq_batch_is_batched(batch, value) && shape.rank > 0 && shape.d[0] == 1;
}

rq_id rq_batch_front(rq_batch *batch, rq_id value)
{
    rq_batched *v = rq_batch_at(batch, value);
    if (v->front == RQ_NONE && v->lead != RQ_NONE)
        v->front = rq_emit_unsqueeze(batch->b, v->lead, (int64_t[]){1}, 1);
    return v->front;
}

static rq_id lead_of(rq_batch *batch, rq_id value)
{
    rq_batched *v = rq_batch_at(batch, value);
    if (v->lead == RQ_NONE) v->lead = rq_emit_squeeze(batch->b, v->front, (int64_t[]){1}, 1);
    return v->lead;
}

rq_id rq_batch_input(const rq_batch_step *s, uint32_t k)
{
    rq_id value = s->node->in[k];
    if (!rq_batch_is_batched(s->batch, value)) return rq_batch_whole(s->batch, value);
    return s->lead ? lead_of(s->batch, value) : rq_batch_front(s->batch, value);
}

void rq_batch_set(const rq_batch_step *s, uint32_t k, rq_id value)
{
    rq_batched *v = rq_batch_at(s->batch, s->node->out[k]);
    if (s->lead)
        v->lead = value;
    else
        v->front = value;
}

/* -- emitting --------------------------------------------------------------------------------- */

bool rq_batch_emit(const rq_batch_step *s, const rq_id *in, size_t n_in, const char *name,
                   const char *value)
{
    rq_ir_builder *b = s->b;
    const rq_node *node = s->node;
    const char *type = rq_emit_type_of(b, node), *attrs = rq_emit_attrs_of(b, node, name, value);
    if (b->status != RQ_OK) return false;
    if (node->n_out == 1) {
        rq_id y = rq_emit(b, type, in, n_in, "%s", attrs);
        if (y != RQ_NONE) rq_batch_set(s, 0, y);
        return y != RQ_NONE;
    }
    const rq_node *made = rq_emit_node(b, type, in, n_in, node->n_out, "%s", attrs);
    for (uint32_t k = 0; made && k < node->n_out; k++) rq_batch_set(s, k, made->out[k]);
    return made != NULL;
}

bool rq_batch_emit_with(const rq_batch_step *s, uint32_t other, rq_id value, const char *name,
                        const char *text)
{
    rq_id in[8];
    if (s->node->n_in > 8) return false;
    for (uint32_t k = 0; k < s->node->n_in; k++) in[k] = k == other ? value : rq_batch_input(s, k);
    return rq_batch_emit(s, in, s->node->n_in, name, text);
}

bool rq_batch_emit_same(const rq_batch_step *s)
{
    return rq_batch_emit_with(s, RQ_NONE, RQ_NONE, NULL, NULL);
}

bool rq_batch_only_first(const rq_batch_step *s)
{
    for (uint32_t k = 0; k < s->node->n_in; k++)
        if (rq_batch_is_batched(s->batch, s->node->in[k]) != (k == 0)) return false;
    return true;
}

bool rq_batch_ints(const rq_batch_step *s, uint32_t k, int64_t *out, size_t *n)
{
    return k < s->node->n_in &&
           rq_ir_builder_ints(s->batch->body, s->node->in[k], out, RQ_MAX_RANK, n);
}

bool rq_batch_axes(const rq_batch_step *s, uint32_t k, int rank, int64_t *out, size_t *n,
                   bool *first)
{
    if (!rq_batch_ints(s, k, out, n) || rank < 0) return false;
    *first = false;
    for (size_t i = 0; i < *n; i++) {
        if (out[i] < 0) out[i] += rank;
        if (out[i] < 0 || out[i] >= rank) return false;
        *first |= out[i] == 0;
    }
    return true;
}

rq_id rq_batch_moved_axes(const rq_batch_step *s, uint32_t k, int64_t *at_axes, size_t n)
{
    for (size_t i = 0; i < n && !s->lead; i++) at_axes[i]++;
    bool scalar = rq_batch_rank(s, s->node->in[k]) == 0;
    return scalar ? rq_emit_int(s->b, at_axes[0]) : rq_emit_ints(s->b, at_axes, n);
}
