#include "quant/placement/quantizer_placement.h"

#include "engine/ops/weight_axes.h"
#include "quant/placement/patterns.h"
#include "quant/placement/quantizer_placement_parts.h"

#include <stdlib.h>

static bool has_point(const rq_placer *p, rq_id value)
{
    const rq_quantizer_requests *d = &p->requests[value];
    return d->n_quantized && !d->propagated && rq_dtype_is_float(p->bound->values[value].dtype);
}

static rq_status make_point(rq_placer *p, rq_id value)
{
    const rq_quantizer_requests *d = &p->requests[value];
    rq_point *point = &p->placement->points[p->placement->n_points++];
    point->value = value;
    point->at_output = d->n_float == 0;
    point->group = rq_placer_find_group(p, value);
    point->codes = p->requests[point->group].codes;
    point->axis = d->all_per_channel && p->group_size[point->group] == 1 ? 1 : -1;
    point->uses =
        rq_arena_alloc(p->placement->arena, rq_uses_count(&p->uses, value), sizeof *point->uses);
    if (!point->uses) return RQ_ENOMEM;
    const rq_node *consumer = NULL;
    for (uint32_t u = p->uses.first[value]; u < p->uses.first[value + 1]; u++) {
        const rq_use *use = &p->uses.uses[u];
        rq_quantizer_request w = rq_placer_request_of(p, use);
        bool shares_quantizer = w == RQ_REQUEST_NONE && point->at_output &&
                                rq_placer_role_of(p, p->graph->nodes[use->node]) != RQ_ROLE_SHAPE;
        if (w != RQ_REQUEST_QUANTIZED && !shares_quantizer) continue;
        point->uses[point->n_uses++] = *use;
        if (w == RQ_REQUEST_QUANTIZED && !consumer) consumer = p->graph->nodes[use->node];
    }
    point->reason = rq_arena_printf(
        p->placement->arena, "%s %s '%s'%s",
        p->pass_through[consumer->id] ? "propagated through" : "input of", consumer->type,
        consumer->name, d->n_float ? "; other consumers stay in floating point" : "");
    return point->reason ? RQ_OK : RQ_ENOMEM;
}

/* The group's representative collects what its values have in common. */
static void count_in_group(rq_placer *p, rq_id value)
{
    uint32_t group = rq_placer_find_group(p, value);
    p->group_size[group]++;
    if (p->requests[value].codes > p->requests[group].codes)
        p->requests[group].codes = p->requests[value].codes;
}

static rq_status make_points(rq_placer *p)
{
    p->placement->points =
        rq_arena_alloc(p->placement->arena, p->graph->n_values, sizeof *p->placement->points);
    if (!p->placement->points) return RQ_ENOMEM;
    for (rq_id v = 0; v < p->graph->n_values; v++)
        if (has_point(p, v)) count_in_group(p, v);
    for (size_t i = 0; i < p->bound->n_order; i++) {
        const rq_node *node = p->graph->nodes[p->bound->order[i]];
        if (p->bound->nodes[node->id].folded) continue;
        for (uint32_t o = 0; o < node->n_out; o++)
            if (has_point(p, node->out[o])) RQ_TRY(make_point(p, node->out[o]));
    }
    return RQ_OK;
}

rq_weight_point rq_placement_weights_at(const rq_bound *bound, const rq_node *node, uint32_t port)
{
    const rq_bound_node *b = &bound->nodes[node->id];
    rq_id value = node->in[port];
    rq_weight_axes axes = rq_weight_axes_of(b->op, b->attrs, port, bound->values[value].shape.rank);
    return (rq_weight_point){.node = node->id,
                             .port = port,
                             .value = value,
                             .axis = axes.output,
                             .n_axes = axes.group < 0 ? 1 : 2};
}

static rq_status make_weights(rq_placer *p)
{
    p->placement->weights =
        rq_arena_alloc(p->placement->arena, p->bound->n_order, sizeof *p->placement->weights);
    if (!p->placement->weights) return RQ_ENOMEM;
    for (size_t i = 0; i < p->bound->n_order; i++) {
        const rq_node *node = p->graph->nodes[p->bound->order[i]];
        bool any = p->quantized[node->id] || p->weights_only[node->id];
        if (!any || rq_placer_role_of(p, node) != RQ_ROLE_WEIGHTED) continue;
        for (uint32_t port = 0; port < 2; port++) {
            if (!rq_placer_is_weight_port(p, node, port)) continue;
            rq_weight_point *w = &p->placement->weights[p->placement->n_weights++];
            *w = rq_placement_weights_at(p->bound, node, port);
            w->precision = p->precisions[node->id];
        }
    }
    return RQ_OK;
}

static rq_status allocate(rq_placer *p)
{
    rq_arena *arena = p->placement->arena;
    size_t nodes = p->graph->n_nodes, values = p->graph->n_values;
    p->kernels = rq_arena_alloc(arena, nodes, sizeof *p->kernels);
    p->reasons = rq_arena_alloc(arena, nodes, sizeof *p->reasons);
    p->gated = rq_arena_alloc(arena, nodes, sizeof *p->gated);
    p->wanted = rq_arena_alloc(arena, values, sizeof *p->wanted);
    p->precisions = rq_arena_alloc(arena, nodes, sizeof *p->precisions);
    p->quantized = rq_arena_alloc(arena, nodes, sizeof *p->quantized);
    p->weights_only = rq_arena_alloc(arena, nodes, sizeof *p->weights_only);
    p->pass_through = rq_arena_alloc(arena, nodes, sizeof *p->pass_through);
    p->blocked = rq_arena_alloc(arena, nodes, sizeof *p->blocked);
    p->requests = rq_arena_alloc(arena, values, sizeof *p->requests);
    p->group = rq_arena_alloc(arena, values, sizeof *p->group);
    p->group_size = rq_arena_alloc(arena, values, sizeof *p->group_size);
    p->placement->ignored = rq_arena_alloc(arena, nodes, sizeof *p->placement->ignored);
    if (!p->kernels || !p->gated || !p->wanted || !p->reasons || !p->precisions || !p->quantized ||
        !p->weights_only || !p->pass_through || !p->blocked || !p->requests || !p->group ||
        !p->group_size || !p->placement->ignored)
        return RQ_ENOMEM;
    for (size_t v = 0; v < values; v++) p->group[v] = (uint32_t)v;
    return rq_uses_create(&p->uses, p->graph);
}

static void find_kernels(rq_placer *p)
{
    for (size_t i = 0; i < p->bound->n_order; i++) {
        const rq_node *node = p->graph->nodes[p->bound->order[i]];
        bool of_activations = !rq_placer_has_weights(p, node);
        p->kernels[node->id] = rq_int8_kernel_of(p->bound->nodes[node->id].op, of_activations);
    }
}

static rq_status place(rq_placer *p, rq_precision precision, const rq_ignored_scope *scope)
{
    RQ_TRY(rq_arena_create(&p->placement->arena));
    RQ_TRY(allocate(p));
    for (size_t i = 0; i < p->graph->n_nodes; i++) p->precisions[i] = precision;
    rq_patterns_find_gated(p->gated, p->bound);
    bool known_patterns = rq_precision_has_ranges(precision); /* which are about activations */
    if (known_patterns && (!scope || !scope->only_rules))
        rq_patterns_apply(&(rq_pattern_context){p->bound, &p->uses, p->reasons, p->gated});
    if (scope)
        RQ_TRY(rq_ignored_scope_apply(p->reasons, p->precisions, p->graph, scope,
                                      p->placement->arena));
    find_kernels(p);
    rq_placer_choose_quantized(p);
    rq_placer_choose_sums(p);
    do rq_placer_propagate(p);
    while (rq_placer_block_at_slices(p)); /* each time of more nodes */
    rq_placer_unify_scales(p);
    RQ_TRY(make_points(p));
    return make_weights(p);
}

rq_status rq_placement_create(rq_placement **out, const rq_bound *bound, rq_precision precision,
                              rq_int8_isa isa, const rq_ignored_scope *scope)
{
    *out = NULL;
    rq_placement *placement;
    RQ_TRY(rq_calloc(&placement, 1, sizeof *placement, "a placement"));
    rq_placer p = {.bound = bound,
                   .graph = bound->graph,
                   .isa = isa,
                   .listed = scope ? scope->listed : NULL,
                   .placement = placement};
    rq_status status = place(&p, precision, scope);
    rq_uses_free(&p.uses);
    if (status != RQ_OK) {
        rq_placement_destroy(&placement);
        return status;
    }
    *out = placement;
    return RQ_OK;
}

void rq_placement_destroy(rq_placement **placement)
{
    if (!placement || !*placement) return;
    rq_arena_destroy(&(*placement)->arena);
    free(*placement);
    *placement = NULL;
}
