#include "engine/workbench/sensitivity/sensitivity_parts.h"

#include "engine/ops/operators.h"
#include "engine/workbench/graph_cut.h"

#include <stdlib.h>

/* A list of node ids to be visited; each enters once. */
typedef struct walk {
    rq_id *stack;
    size_t n;
    uint8_t *seen;
} walk;

static rq_status walk_open(walk *w, size_t n_nodes, uint8_t *seen)
{
    *w = (walk){.seen = seen};
    return rq_calloc(&w->stack, n_nodes, sizeof *w->stack, "layers");
}

static void walk_push(walk *w, rq_id node)
{
    if (w->seen[node]) return;
    w->seen[node] = 1;
    w->stack[w->n++] = node;
}

static void push_consumers(walk *w, const rq_graph *graph, const rq_uses *uses, rq_id id)
{
    const rq_node *node = graph->nodes[id];
    for (uint32_t o = 0; o < node->n_out; o++)
        for (uint32_t u = uses->first[node->out[o]]; u < uses->first[node->out[o] + 1]; u++)
            walk_push(w, uses->uses[u].node);
}

/* -- who owns what --------------------------------------------------------------------------- */

static bool hands_on(const rq_bound *bound, rq_id node)
{
    rq_role role = bound->nodes[node].op->role;
    return role == RQ_ROLE_PASS || role == RQ_ROLE_CONCAT;
}

typedef struct partition {
    rq_parts *parts;
    rq_uses uses;
    size_t *part_of; /* by node id: index + 1 */
} partition;

static rq_status add_part(rq_part **out, partition *m, rq_id node)
{
    rq_parts *p = m->parts;
    if (!m->part_of[node]) {
        rq_part *part = &p->v[p->n];
        *part = (rq_part){.node = node};
        part->reads = rq_arena_alloc(p->arena, p->n_uses, 1);
        part->affected = rq_arena_alloc(p->arena, p->bound->graph->n_nodes, 1);
        if (!part->reads || !part->affected) return RQ_ENOMEM;
        m->part_of[node] = ++p->n;
    }
    *out = &p->v[m->part_of[node] - 1];
    return RQ_OK;
}

static rq_status give_to(partition *m, size_t number, rq_id node)
{
    rq_part *part;
    RQ_TRY(add_part(&part, m, node));
    part->reads[number] = part->activations = 1;
    return RQ_OK;
}

/* The layers that compute with what use number `number` reads; where there are none, the reader
 * itself: pooling whose values leave the network. */
static rq_status give_use(partition *m, size_t number, rq_id reader)
{
    const rq_bound *bound = m->parts->bound;
    uint8_t *seen;
    walk w = {0};
    bool given = false;
    RQ_TRY(rq_calloc(&seen, bound->graph->n_nodes, 1, "layers"));
    rq_status status = walk_open(&w, bound->graph->n_nodes, seen);
    if (status == RQ_OK) walk_push(&w, reader);
    while (status == RQ_OK && w.n) {
        rq_id node = w.stack[--w.n];
        if (hands_on(bound, node)) {
            push_consumers(&w, bound->graph, &m->uses, node);
        } else if (bound->nodes[node].op != &rq_op_Result) {
            status = give_to(m, number, node);
            given = true;
        }
    }
    if (status == RQ_OK && !given) status = give_to(m, number, reader);
    free(w.stack);
    free(seen);
    return status;
}

static rq_status give_all(partition *m)
{
    const rq_quant_plan *plan = m->parts->plan;
    for (size_t i = 0; i < plan->n_weights; i++) {
        rq_part *part;
        RQ_TRY(add_part(&part, m, plan->weights[i].point.node));
        part->weights = true;
    }
    size_t number = 0;
    for (size_t i = 0; i < plan->n_activations; i++)
        for (size_t u = 0; u < plan->activations[i].point.n_uses; u++)
            RQ_TRY(give_use(m, number++, plan->activations[i].point.uses[u].node));
    return RQ_OK;
}

static rq_status make_room(partition *m)
{
    rq_parts *p = m->parts;
    size_t n_nodes = p->bound->graph->n_nodes;
    for (size_t i = 0; i < p->plan->n_activations; i++)
        p->n_uses += p->plan->activations[i].point.n_uses;
    p->v = rq_arena_alloc(p->arena, n_nodes, sizeof *p->v);
    p->boundaries = rq_arena_alloc(p->arena, p->bound->graph->n_values, 1);
    if (!p->v || !p->boundaries) return RQ_ENOMEM;
    return rq_calloc(&m->part_of, n_nodes, sizeof *m->part_of, "layers");
}

/* In the order of the computation. */
static rq_status sort(const partition *m)
{
    rq_parts *p = m->parts;
    rq_part *sorted = rq_arena_alloc(p->arena, p->n, sizeof *sorted);
    size_t n = 0;
    if (!sorted) return RQ_ENOMEM;
    for (size_t i = 0; i < p->bound->n_order; i++)
        if (m->part_of[p->bound->order[i]]) sorted[n++] = p->v[m->part_of[p->bound->order[i]] - 1];
    p->v = sorted;
    return RQ_OK;
}

/* -- what is affected ------------------------------------------------------------------------ */

static void push_changed(walk *w, const rq_parts *parts, const rq_part *part)
{
    size_t number = 0;
    walk_push(w, part->node);
    for (size_t i = 0; i < parts->plan->n_activations; i++) {
        const rq_point *point = &parts->plan->activations[i].point;
        for (size_t u = 0; u < point->n_uses; u++)
            if (part->reads[number++]) walk_push(w, point->uses[u].node);
    }
}

/* Producers of what can be no boundary are computed again; what is one is noted. */
static void push_producers(walk *w, const rq_parts *parts, rq_id id)
{
    const rq_graph *graph = parts->bound->graph;
    const rq_node *node = graph->nodes[id];
    for (uint32_t i = 0; i < node->n_in; i++) {
        rq_id value = node->in[i];
        if (value == RQ_NONE) continue;
        if (!rq_graph_cut_may_be_border(parts->bound, value))
            walk_push(w, graph->values[value]->producer);
        else if (!w->seen[graph->values[value]->producer])
            parts->boundaries[value] = 1;
    }
}

static rq_status find_affected(rq_parts *parts, const rq_uses *uses, rq_part *part)
{
    const rq_graph *graph = parts->bound->graph;
    walk w;
    RQ_TRY(walk_open(&w, graph->n_nodes, part->affected));
    push_changed(&w, parts, part);
    while (w.n) push_consumers(&w, graph, uses, w.stack[--w.n]);
    for (rq_id i = 0; i < graph->n_nodes; i++)
        if (part->affected[i]) w.stack[w.n++] = i;
    while (w.n) push_producers(&w, parts, w.stack[--w.n]);
    free(w.stack);
    return RQ_OK;
}

/* -- all ------------------------------------------------------------------------------------- */

static rq_status make(partition *m)
{
    RQ_TRY(rq_uses_create(&m->uses, m->parts->bound->graph));
    RQ_TRY(make_room(m));
    RQ_TRY(give_all(m));
    RQ_TRY(sort(m));
    for (size_t i = 0; i < m->parts->n; i++)
        RQ_TRY(find_affected(m->parts, &m->uses, &m->parts->v[i]));
    return RQ_OK;
}

rq_status rq_parts_create(rq_parts **out, const rq_quant_plan *plan, const rq_bound *bound)
{
    partition m = {0};
    *out = NULL;
    RQ_TRY(rq_calloc(&m.parts, 1, sizeof *m.parts, "layers"));
    m.parts->plan = plan;
    m.parts->bound = bound;
    rq_status status = rq_arena_create(&m.parts->arena);
    if (status == RQ_OK) status = make(&m);
    rq_uses_free(&m.uses);
    free(m.part_of);
    if (status == RQ_OK)
        *out = m.parts;
    else
        rq_parts_destroy(&m.parts);
    return status;
}

void rq_parts_destroy(rq_parts **parts)
{
    if (!parts || !*parts) return;
    rq_arena_destroy(&(*parts)->arena);
    free(*parts);
    *parts = NULL;
}
