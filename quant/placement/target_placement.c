#include "quant/placement/target_placement.h"

#include "engine/ops/operators.h"

#include <stdlib.h>
#include <string.h>

/* -- before a placement ----------------------------------------------------------------------- */

static bool is_backward(const rq_bound *bound, const rq_node *node)
{
    const rq_op *op = bound->nodes[node->id].op;
    return op && (op->weights == RQ_WEIGHTS_IOK || op->weights == RQ_WEIGHTS_GIOK);
}

/* GPU plugin: input channels in fours, output channels in sixteens. */
static bool has_gpu_kernel(const rq_bound *bound, const rq_node *node)
{
    const rq_shape *s = &bound->values[node->in[1]].shape;
    const rq_shape *x = &bound->graph->values[node->in[0]]->shape;
    bool grouped = bound->nodes[node->id].op->weights == RQ_WEIGHTS_GIOK;
    int64_t groups = grouped ? s->d[0] : 1;
    int64_t inputs = groups * s->d[grouped], outputs = groups * s->d[grouped + 1];
    return x->rank > 1 && x->d[1] > 0 && inputs % 4 == 0 && outputs % 16 == 0;
}

rq_status rq_target_scope(rq_ignored_scope *scope, const rq_bound *bound, rq_target target,
                          rq_arena *arena)
{
    if (!(rq_target_rules(target) & RQ_TARGET_GPU_DECONVOLUTION)) return RQ_OK;
    rq_precision_rule *rules =
        rq_arena_alloc(arena, scope->n_rules + bound->n_order, sizeof *rules);
    if (!rules) return RQ_ENOMEM;
    if (scope->n_rules) memcpy(rules, scope->rules, scope->n_rules * sizeof *rules);
    scope->rules = rules;
    for (size_t i = 0; i < bound->n_order; i++) {
        const rq_node *node = bound->graph->nodes[bound->order[i]];
        if (!is_backward(bound, node) || has_gpu_kernel(bound, node)) continue;
        rules[scope->n_rules++] =
            (rq_precision_rule){node->name, RQ_PRECISION_FP32,
                                "the GPU plugin has no INT8 kernel for its number of channels"};
    }
    return RQ_OK;
}

static const rq_shape *shape_of(const rq_graph *graph, const rq_node *node,
                                const rq_input_shape *shapes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (rq_parameter_is_named(graph, node, shapes[i].name)) return &shapes[i].shape;
    return NULL;
}

/* `known`: of the dynamic input; NULL: nobody has given it. */
static rq_status refuse_dynamic(const char *target, const rq_node *node, const rq_shape *shape,
                                const rq_shape *known)
{
    char is[RQ_SHAPE_TEXT], becomes[RQ_SHAPE_TEXT];
    rq_shape_text(shape, is);
    if (known)
        return rq_fail(RQ_EARG,
                       "--target %s: it runs static shapes only, and input '%s' is %s; add "
                       "--static, which makes it %s",
                       target, node->name, is, rq_shape_text(known, becomes));
    return rq_fail(
        RQ_EARG,
        "--target %s: it runs static shapes only, and input '%s' is %s; add --static and "
        "a size, for images such as --static --resize 224x224, else --static --shape "
        "'%s[...]'",
        target, node->name, is, node->name);
}

rq_status rq_target_check_shapes(const rq_graph *graph, rq_target target,
                                 const rq_input_shape *shapes, size_t n)
{
    if (!(rq_target_rules(target) & RQ_TARGET_STATIC_SHAPES)) return RQ_OK;
    for (size_t i = 0; i < graph->n_nodes; i++) {
        const rq_node *node = graph->nodes[i];
        if (!rq_node_is(node, &rq_op_Parameter)) continue;
        const rq_shape *s = &graph->values[node->out[0]]->shape;
        if (!rq_shape_is_static(s))
            return refuse_dynamic(rq_targets[target].name, node, s,
                                  shape_of(graph, node, shapes, n));
    }
    return RQ_OK;
}

/* -- groups and symmetry ---------------------------------------------------------------------- */

static void join(rq_placement *p, uint32_t from, uint32_t to)
{
    for (size_t i = 0; i < p->n_points; i++)
        if (p->points[i].group == from) p->points[i].group = to;
}

static rq_point *point_at(rq_placement *p, rq_id node, uint32_t port)
{
    for (size_t i = 0; i < p->n_points; i++)
        for (size_t u = 0; u < p->points[i].n_uses; u++)
            if (p->points[i].uses[u].node == node && p->points[i].uses[u].port == port)
                return &p->points[i];
    return NULL;
}

static void join_operands(rq_placement *p, const rq_bound *bound)
{
    for (size_t i = 0; i < bound->n_order; i++) {
        const rq_node *node = bound->graph->nodes[bound->order[i]];
        if (!(bound->nodes[node->id].op->flags & RQ_OP_BINARY)) continue;
        rq_point *a = point_at(p, node->id, 0), *b = point_at(p, node->id, 1);
        if (!a || !b) continue;
        a->axis = b->axis = -1;
        join(p, b->group, a->group);
    }
}

static void drop_zero_points(rq_placement *p, const rq_bound *bound)
{
    for (size_t i = 0; i < bound->n_order; i++) {
        const rq_node *node = bound->graph->nodes[bound->order[i]];
        const rq_point *read = is_backward(bound, node) ? point_at(p, node->id, 0) : NULL;
        for (size_t k = 0; read && k < p->n_points; k++)
            if (p->points[k].group == read->group && p->points[k].codes == RQ_CODES_ANY)
                p->points[k].codes = RQ_CODES_SYMMETRIC;
    }
}

/* -- quantized outputs ------------------------------------------------------------------------ */

typedef struct outputs {
    rq_placement *placement;
    const rq_bound *bound;
    const rq_stats *stats;
    rq_uses uses;
    rq_point *added;
    size_t n;
} outputs;

static const rq_node *only_reader(const outputs *o, rq_id value)
{
    const rq_use *only = rq_uses_only(&o->uses, value);
    return only ? o->bound->graph->nodes[only->node] : NULL;
}

/* The layer's output, or what runs with it makes of it: a bias, ReLU or Clamp. */
static rq_id output_of(const outputs *o, const rq_node *node)
{
    rq_id value = node->out[0];
    const rq_node *reader;
    while ((reader = only_reader(o, value)) &&
           ((rq_node_is(reader, &rq_op_Add) && rq_placement_is_fused(o->bound, reader)) ||
            rq_node_is(reader, &rq_op_ReLU) || rq_node_is(reader, &rq_op_Clamp)))
        value = reader->out[0];
    return value;
}

static bool has_uses(const rq_point *points, size_t n, rq_id value)
{
    for (size_t i = 0; i < n; i++)
        if (points[i].value == value) return true;
    return false;
}

static bool has_stats(const outputs *o, rq_id value)
{
    char buffer[512];
    const char *name = rq_value_name(o->bound->graph, value, buffer, sizeof buffer);
    return o->stats && rq_stats_find(o->stats, name);
}

static rq_status add_output(outputs *o, const rq_node *layer)
{
    rq_placement *p = o->placement;
    rq_id value = output_of(o, layer);
    if (has_uses(p->points, p->n_points, value) || has_uses(o->added, o->n, value) ||
        !has_stats(o, value))
        return RQ_OK;
    uint32_t first = o->uses.first[value], n = rq_uses_count(&o->uses, value);
    rq_point *point = &o->added[o->n];
    *point = (rq_point){.value = value, .at_output = true, .axis = -1, .group = value};
    point->uses = rq_arena_alloc(p->arena, n, sizeof *point->uses);
    point->reason = rq_arena_printf(p->arena, "output of %s '%s'", layer->type, layer->name);
    if (!point->uses || !point->reason) return RQ_ENOMEM;
    for (uint32_t u = 0; u < n; u++)
        if (!rq_node_is(o->bound->graph->nodes[o->uses.uses[first + u].node], &rq_op_Result))
            point->uses[point->n_uses++] = o->uses.uses[first + u];
    o->n += point->n_uses > 0;
    return RQ_OK;
}

/* Points stay in the order of their producers. */
static rq_status merge(outputs *o)
{
    rq_placement *p = o->placement;
    rq_point *all = rq_arena_alloc(p->arena, p->n_points + o->n, sizeof *all);
    if (!all) return RQ_ENOMEM;
    size_t n = 0;
    for (size_t i = 0; i < o->bound->n_order; i++) {
        rq_id producer = o->bound->order[i];
        for (size_t k = 0; k < p->n_points; k++)
            if (o->bound->graph->values[p->points[k].value]->producer == producer)
                all[n++] = p->points[k];
        for (size_t k = 0; k < o->n; k++)
            if (o->bound->graph->values[o->added[k].value]->producer == producer)
                all[n++] = o->added[k];
    }
    p->points = all;
    p->n_points = n;
    return RQ_OK;
}

static rq_status quantize_outputs(rq_placement *p, const rq_bound *bound, const rq_stats *stats)
{
    outputs o = {.placement = p, .bound = bound, .stats = stats};
    rq_status status = rq_uses_create(&o.uses, bound->graph);
    o.added = rq_arena_alloc(p->arena, p->n_weights, sizeof *o.added);
    if (status == RQ_OK && !o.added) status = RQ_ENOMEM;
    for (size_t i = 0; status == RQ_OK && i < p->n_weights; i++)
        status = add_output(&o, bound->graph->nodes[p->weights[i].node]);
    if (status == RQ_OK) status = merge(&o);
    rq_uses_free(&o.uses);
    return status;
}

rq_status rq_target_fit_placement(rq_placement *p, const rq_bound *bound, const rq_stats *stats,
                                  rq_target target)
{
    unsigned rules = rq_target_rules(target);
    for (size_t i = 0; (rules & RQ_TARGET_PER_TENSOR) && i < p->n_points; i++)
        p->points[i].axis = -1;
    if (rules & RQ_TARGET_JOINT_OPERANDS) join_operands(p, bound);
    if (rules & RQ_TARGET_GPU_DECONVOLUTION) drop_zero_points(p, bound);
    return rules & RQ_TARGET_QUANTIZED_OUTPUTS ? quantize_outputs(p, bound, stats) : RQ_OK;
}
