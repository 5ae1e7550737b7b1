#include "quant/decide_given.h"

#include "calib/qparams.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ON_LEVEL 1e-3 /* of a step: more than float32's rounding of the ends moves a level by */

/* Layers that read what the plan quantizes. */
static rq_status find_listed(const bool **out, const rq_plan_file *file, const rq_bound *bound,
                             rq_arena *arena)
{
    rq_uses uses;
    bool *listed = rq_arena_alloc(arena, bound->graph->n_nodes, sizeof *listed);
    if (!listed) return RQ_ENOMEM;
    RQ_TRY(rq_uses_create(&uses, bound->graph));
    for (size_t i = 0; i < file->n_activations; i++) {
        rq_id value = rq_graph_find_value(bound->graph, file->activations[i].value);
        for (uint32_t u = uses.first[value]; u < uses.first[value + 1]; u++)
            listed[uses.uses[u].node] = true;
    }
    rq_uses_free(&uses);
    *out = listed;
    return RQ_OK;
}

rq_status rq_given_rules(rq_ignored_scope *scope, const rq_plan_file *file, const rq_bound *bound,
                         rq_arena *arena)
{
    rq_precision_rule *rules =
        rq_arena_alloc(arena, file->n_ignored + file->n_weights, sizeof *rules);
    if (!rules) return RQ_ENOMEM;
    scope->rules = rules;
    scope->only_rules = true;
    for (size_t i = 0; i < file->n_weights; i++)
        rules[scope->n_rules++] = (rq_precision_rule){
            file->weights[i].layer, file->weights[i].precision, "ignored in plan.json"};
    for (size_t i = 0; i < file->n_ignored; i++)
        rules[scope->n_rules++] =
            (rq_precision_rule){file->ignored[i].layer, RQ_PRECISION_FP32, file->ignored[i].reason};
    return find_listed(&scope->listed, file, bound, arena);
}

/* NULL where the edits made another kind of point of it. */
static const rq_plan_file_activation *given_for(const rq_plan_file *file, const rq_bound *bound,
                                                const rq_point *point)
{
    char buffer[512];
    const rq_plan_file_activation *a = rq_plan_file_activation_of(
        file, rq_value_name(bound->graph, point->value, buffer, sizeof buffer));
    return a && a->axis == point->axis ? a : NULL;
}

static rq_status check_alike(const rq_plan_file *file, const rq_plan_file_activation *a,
                             const rq_plan_file_activation *b)
{
    if (a->low[0] == b->low[0] && a->high[0] == b->high[0]) return RQ_OK;
    return rq_fail(RQ_EFORMAT,
                   "%s: values '%s' and '%s' have a unified scale (they are concatenated), but the "
                   "plan gives them the ranges %g to %g and %g to %g",
                   file->path, a->value, b->value, (double)a->low[0], (double)a->high[0],
                   (double)b->low[0], (double)b->high[0]);
}

rq_status rq_given_activations(const rq_plan_file_activation **given, const rq_plan_file *file,
                               const rq_placement *placement, const rq_bound *bound)
{
    const rq_plan_file_activation **of_group; /* by group */
    RQ_TRY(rq_calloc(&of_group, bound->graph->n_values, sizeof *of_group, "groups"));
    rq_status status = RQ_OK;
    for (size_t i = 0; status == RQ_OK && i < placement->n_points; i++) {
        const rq_point *point = &placement->points[i];
        const rq_plan_file_activation *own = given_for(file, bound, point);
        if (own && of_group[point->group]) status = check_alike(file, of_group[point->group], own);
        if (own) of_group[point->group] = own;
    }
    for (size_t i = 0; i < placement->n_points; i++) {
        const rq_plan_file_activation *own = given_for(file, bound, &placement->points[i]);
        given[i] = own ? own : of_group[placement->points[i].group];
    }
    free(of_group);
    return status;
}

static bool zero_is_level(float low, float high, int levels)
{
    double level = -(double)low * (levels - 1) / ((double)high - low);
    return fabs(level - nearbyint(level)) < ON_LEVEL;
}

rq_status rq_given_take(rq_plan_activation *a, const rq_plan_file_activation *given,
                        rq_arena *arena)
{
    a->n = given->n;
    a->levels = given->levels;
    a->estimator = rq_arena_strdup(arena, given->estimator);
    a->estimator_reason = rq_arena_strdup(arena, given->estimator_reason);
    if (!a->estimator || (given->estimator_reason && !a->estimator_reason)) return RQ_ENOMEM;
    for (size_t c = 0; c < a->n; c++) {
        a->low[c] = given->low[c];
        a->high[c] = given->high[c];
        if (!zero_is_level(a->low[c], a->high[c], a->levels))
            rq_qparams_asymmetric(&a->low[c], &a->high[c], given->low[c], given->high[c],
                                  a->levels);
    }
    return RQ_OK;
}
