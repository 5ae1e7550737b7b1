/* Graphs in which only some pieces of a plan are carried out. */
#include "engine/workbench/graph_cut.h"
#include "engine/workbench/sensitivity/sensitivity_parts.h"
#include "quant/apply.h"

#include <stdlib.h>
#include <string.h>

/* -- plans of some pieces -------------------------------------------------------------------- */

typedef struct choice {
    uint8_t *weights; /* by entry of the plan */
    uint8_t *uses;    /* by use */
    rq_arena *arena;
} choice;

static rq_status choice_open(choice *c, const rq_parts *parts)
{
    RQ_TRY(rq_arena_create(&c->arena));
    c->weights = rq_arena_alloc(c->arena, parts->plan->n_weights, 1);
    c->uses = rq_arena_alloc(c->arena, parts->n_uses, 1);
    return c->weights && c->uses ? RQ_OK : RQ_ENOMEM;
}

static void choose_all(choice *c, const rq_parts *parts)
{
    memset(c->weights, 1, parts->plan->n_weights);
    memset(c->uses, 1, parts->n_uses);
}

static void set_weights(choice *c, const rq_parts *parts, const rq_part *part, uint8_t on)
{
    for (size_t i = 0; i < parts->plan->n_weights; i++)
        if (parts->plan->weights[i].point.node == part->node) c->weights[i] = on;
}

static void set_activations(choice *c, const rq_parts *parts, const rq_part *part, uint8_t on)
{
    for (size_t u = 0; u < parts->n_uses; u++)
        if (part->reads[u]) c->uses[u] = on;
}

static rq_status pick_activations(rq_quant_plan *out, const choice *c, const rq_quant_plan *plan)
{
    size_t number = 0;
    out->activations = rq_arena_alloc(c->arena, plan->n_activations, sizeof *out->activations);
    if (!out->activations) return RQ_ENOMEM;
    out->n_activations = 0;
    for (size_t i = 0; i < plan->n_activations; i++) {
        const rq_point *point = &plan->activations[i].point;
        rq_use *uses = rq_arena_alloc(c->arena, point->n_uses, sizeof *uses);
        size_t n = 0;
        if (!uses) return RQ_ENOMEM;
        for (size_t u = 0; u < point->n_uses; u++)
            if (c->uses[number++]) uses[n++] = point->uses[u];
        if (n == 0) continue;
        rq_plan_activation *a = &out->activations[out->n_activations++];
        *a = plan->activations[i];
        a->point.uses = uses;
        a->point.n_uses = n;
    }
    return RQ_OK;
}

static rq_status pick_weights(rq_quant_plan *out, const choice *c, const rq_quant_plan *plan)
{
    size_t *place = rq_arena_alloc(c->arena, plan->n_weights, sizeof *place); /* index + 1 */
    out->weights = rq_arena_alloc(c->arena, plan->n_weights, sizeof *out->weights);
    if (!place || !out->weights) return RQ_ENOMEM;
    out->n_weights = 0;
    for (size_t i = 0; i < plan->n_weights; i++) {
        if (!c->weights[i]) continue;
        size_t first = plan->weights[i].shared_with, at = out->n_weights++;
        if (!place[first]) place[first] = at + 1;
        out->weights[at] = plan->weights[i];
        out->weights[at].shared_with = place[first] - 1;
    }
    return RQ_OK;
}

static rq_status build(rq_graph **out, const choice *c, const rq_parts *parts)
{
    rq_quant_plan some = *parts->plan;
    RQ_TRY(pick_activations(&some, c, parts->plan));
    RQ_TRY(pick_weights(&some, c, parts->plan));
    RQ_TRY(rq_graph_clone(out, parts->bound->graph));
    rq_status status = rq_quant_plan_apply(*out, &some);
    if (status == RQ_OK) status = rq_graph_load(*out);
    if (status != RQ_OK) rq_graph_destroy(out);
    return status;
}

/* -- variants -------------------------------------------------------------------------------- */

bool rq_part_has(const rq_part *part, rq_variant variant)
{
    if (variant == RQ_VARIANT_WEIGHTS) return part->weights && part->activations;
    if (variant == RQ_VARIANT_ACTIVATIONS) return part->weights && part->activations;
    return true;
}

rq_status rq_part_build(rq_graph **out, const rq_parts *parts, size_t index, rq_variant variant)
{
    const rq_part *part = &parts->v[index];
    choice c = {0};
    *out = NULL;
    rq_status status = choice_open(&c, parts);
    if (status == RQ_OK) {
        bool left_out = variant == RQ_VARIANT_LEFT_OUT;
        if (left_out) choose_all(&c, parts);
        if (variant != RQ_VARIANT_ACTIVATIONS) set_weights(&c, parts, part, !left_out);
        if (variant != RQ_VARIANT_WEIGHTS) set_activations(&c, parts, part, !left_out);
        status = build(out, &c, parts);
    }
    rq_arena_destroy(&c.arena);
    return status;
}

/* -- the plan without some layers ------------------------------------------------------------ */

static rq_status leave_out(rq_partial_plan *p, choice *c, const rq_parts *parts,
                           const char *const *why)
{
    size_t n = parts->bound->graph->n_nodes;
    p->plan = *parts->plan;
    p->placement = *parts->plan->placement;
    p->plan.placement = &p->placement;
    p->placement.ignored = rq_arena_alloc(p->arena, n, sizeof *p->placement.ignored);
    if (!p->placement.ignored) return RQ_ENOMEM;
    memcpy(p->placement.ignored, parts->plan->placement->ignored, n * sizeof *p->placement.ignored);
    choose_all(c, parts);
    for (size_t i = 0; i < parts->n; i++) {
        if (!why[i]) continue;
        p->placement.ignored[parts->v[i].node] = why[i];
        set_weights(c, parts, &parts->v[i], 0);
        set_activations(c, parts, &parts->v[i], 0);
    }
    RQ_TRY(pick_activations(&p->plan, c, parts->plan));
    return pick_weights(&p->plan, c, parts->plan);
}

rq_status rq_partial_plan_create(rq_partial_plan **out, const rq_parts *parts,
                                 const char *const *why)
{
    rq_partial_plan *p;
    choice c = {0};
    *out = NULL;
    RQ_TRY(rq_calloc(&p, 1, sizeof *p, "a plan"));
    rq_status status = choice_open(&c, parts);
    p->arena = c.arena;
    if (status == RQ_OK) status = leave_out(p, &c, parts, why);
    if (status == RQ_OK)
        *out = p;
    else
        rq_partial_plan_destroy(&p);
    return status;
}

void rq_partial_plan_destroy(rq_partial_plan **partial)
{
    if (!partial || !*partial) return;
    rq_arena_destroy(&(*partial)->arena);
    free(*partial);
    *partial = NULL;
}

/* -- cutting --------------------------------------------------------------------------------- */

rq_status rq_part_cut(rq_graph *graph, rq_id **values, size_t *n_values, const rq_parts *parts,
                      size_t part)
{
    const rq_bound *bound = parts->bound;
    const uint8_t *affected = parts->v[part].affected;
    const rq_graph *original = bound->graph;
    uint8_t *border;
    RQ_TRY(rq_calloc(&border, original->n_values, 1, "values"));
    for (rq_id v = 0; v < original->n_values; v++)
        border[v] = original->values[v] && !affected[original->values[v]->producer] &&
                    rq_graph_cut_may_be_border(bound, v);
    const rq_graph_cut_options options = {.bound = bound, .wanted = affected, .border = border};
    rq_status status = rq_graph_cut(graph, values, n_values, &options);
    free(border);
    return status;
}
