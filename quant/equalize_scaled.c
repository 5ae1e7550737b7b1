#include "quant/equalize_scaled.h"

#include "engine/base/hash.h"
#include "engine/ops/operators.h"

#define MAX_NAME 512
#define MAX_CHAIN 32 /* more than a site has steps */

typedef struct list {
    const rq_graph *changed;
    const rq_bound *bound;
    rq_scaled_value *values;
    size_t n;
    rq_arena *arena;
} list;

static rq_status name_of(const char **out, const rq_graph *graph, rq_id value, rq_arena *arena)
{
    char buffer[MAX_NAME];
    *out = rq_arena_strdup(arena, rq_value_name(graph, value, buffer, sizeof buffer));
    return *out ? RQ_OK : RQ_ENOMEM;
}

static rq_status factors_of(const float **out, const rq_channel_equalization *e, rq_arena *arena)
{
    float *factor = rq_arena_alloc(arena, e->site.n, sizeof *factor);
    if (!factor) return RQ_ENOMEM;
    for (size_t c = 0; c < e->site.n; c++) factor[c] = rq_equalize_factor(-e->log2[c]);
    *out = factor;
    return RQ_OK;
}

/* What the consumers read in the changed network. */
static rq_id read_by_consumers(const rq_channel_equalization *e, const rq_graph *changed)
{
    const rq_equalize_constant *k = e->site.constants;
    while (k->role != RQ_EQUALIZE_CONSUMER) k++;
    return changed->nodes[k->node]->in[1 - k->port];
}

static const rq_equalize_constant *constant_at(const rq_equalize_site *site, rq_id node)
{
    for (size_t i = 0; i < site->n_constants; i++)
        if (site->constants[i].node == node && site->constants[i].role != RQ_EQUALIZE_CONSUMER)
            return &site->constants[i];
    return NULL;
}

/* The next value above that is scaled as well; RQ_NONE: what makes this one takes the scale. */
static rq_id value_above(const rq_bound *bound, const rq_equalize_site *site, rq_id value)
{
    const rq_node *node = rq_value_producer(bound->graph, value);
    const rq_equalize_constant *k = constant_at(site, node->id);
    if (!k) return node->in[0];
    bool takes = k->role == RQ_EQUALIZE_PRODUCER || rq_node_is(node, &rq_op_Multiply);
    return takes ? RQ_NONE : node->in[1 - k->port];
}

/* Statistics of other factors are of another value. */
static rq_status name_statistics(rq_scaled_value *v, rq_arena *arena)
{
    char digest[RQ_DIGEST_TEXT];
    rq_hasher *hasher;
    RQ_TRY(rq_hasher_create(&hasher));
    rq_hasher_update(hasher, v->factor, v->n * sizeof *v->factor);
    if (v->shift) rq_hasher_update(hasher, v->shift, v->n * sizeof *v->shift);
    rq_hasher_finish(&hasher, digest);
    v->kept_as = rq_arena_printf(arena, "%s scaled %s", v->becomes, digest);
    return v->kept_as ? RQ_OK : RQ_ENOMEM;
}

static rq_status add(list *l, rq_id value, rq_id becomes, const rq_channel_equalization *e,
                     const float *factor, const float *shift)
{
    rq_scaled_value *v = &l->values[l->n++];
    *v = (rq_scaled_value){.value = value, .n = e->site.n, .factor = factor, .shift = shift};
    RQ_TRY(name_of(&v->name, l->bound->graph, value, l->arena));
    RQ_TRY(name_of(&v->becomes, l->changed, becomes, l->arena));
    return name_statistics(v, l->arena);
}

static rq_status add_all(list *l, const rq_channel_equalization *e)
{
    const float *factor, *shift = e->shift; /* of what the consumers read alone */
    rq_id value = e->site.value;
    RQ_TRY(factors_of(&factor, e, l->arena));
    if (e->site.inserted) return add(l, value, read_by_consumers(e, l->changed), e, factor, shift);
    for (int step = 0; value != RQ_NONE && step < MAX_CHAIN; step++) {
        RQ_TRY(add(l, value, value, e, factor, shift));
        value = value_above(l->bound, &e->site, value);
        shift = NULL;
    }
    return RQ_OK;
}

rq_status rq_equalize_scaled_values(rq_scaled_value **out, size_t *n_values,
                                    const rq_graph *changed, const rq_bound *bound,
                                    const rq_channel_equalization *equalizations, size_t n,
                                    rq_arena *arena)
{
    list l = {.changed = changed, .bound = bound, .arena = arena};
    l.values = rq_arena_alloc(arena, n * MAX_CHAIN, sizeof *l.values);
    if (!l.values) return RQ_ENOMEM;
    for (size_t i = 0; i < n; i++) RQ_TRY(add_all(&l, &equalizations[i]));
    *out = l.values;
    *n_values = l.n;
    return RQ_OK;
}
