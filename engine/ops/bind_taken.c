/* Which constants of a graph another bound graph has folded already. */
#include "engine/ops/bind_parts.h"
#include "engine/ops/operators.h"

static const rq_node *node_of(const rq_graph *graph, rq_id id)
{
    return id < graph->n_nodes ? graph->nodes[id] : NULL;
}

/* Made alike, of constants that are made alike. */
static bool is_alike(const rq_binder *b, const rq_node *node)
{
    const rq_node *other = node_of(b->base->graph, node->id);
    if (!other || node->n_bodies || !b->base->nodes[node->id].fixed ||
        !rq_node_is_same(node, other))
        return false;
    for (uint32_t i = 0; i < node->n_in; i++)
        if (node->in[i] != RQ_NONE && !b->is_taken[b->bound->graph->values[node->in[i]]->producer])
            return false;
    for (uint32_t i = 0; i < node->n_out; i++)
        if (node->out[i] != other->out[i]) return false;
    return true;
}

/* Base dropped data that only folded nodes read; here, another may. */
static bool has_what_is_read(const rq_binder *b, const rq_node *node, const rq_uses *uses)
{
    for (uint32_t i = 0; i < node->n_out; i++) {
        rq_id value = node->out[i];
        if (b->base->values[value].data) continue;
        for (uint32_t u = uses->first[value]; u < uses->first[value + 1]; u++)
            if (!b->is_taken[uses->uses[u].node]) return false;
    }
    return true;
}

rq_status rq_bind_find_taken(rq_binder *b)
{
    const rq_bound *bound = b->bound;
    RQ_TRY(rq_calloc(&b->is_taken, bound->graph->n_nodes, sizeof *b->is_taken, "shared constants"));
    for (size_t i = 0; i < bound->n_order; i++)
        b->is_taken[bound->order[i]] = is_alike(b, bound->graph->nodes[bound->order[i]]);
    for (size_t i = bound->n_order; i-- > 0;)
        if (b->is_taken[bound->order[i]])
            b->is_taken[bound->order[i]] =
                has_what_is_read(b, bound->graph->nodes[bound->order[i]], &b->uses);
    return RQ_OK;
}
