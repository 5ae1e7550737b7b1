#include "quant/plan_create.h"

#include "quant/decide.h"
#include "quant/decide_compression.h"
#include "quant/decide_given.h"
#include "quant/given_differences.h"
#include "quant/placement/target_placement.h"

#include <stdlib.h>

/* A followed plan's rules stand before those of the options' own scope. */
static rq_status place(rq_quant_plan *plan, const rq_bound *bound, const rq_stats *stats,
                       const rq_plan_file *given)
{
    rq_ignored_scope scope = plan->options.scope;
    rq_target target = plan->options.target;
    if (given) {
        RQ_TRY(given->n_equalizations ? rq_plan_file_check_layers(given, bound)
                                      : rq_plan_file_check(given, bound));
        RQ_TRY(rq_given_rules(&scope, given, bound, plan->arena));
    } else {
        RQ_TRY(rq_target_scope(&scope, bound, target, plan->arena));
    }
    rq_precision precision = given ? given->settings.precision : plan->options.precision;
    RQ_TRY(rq_placement_create(&plan->placement, bound, precision, plan->options.isa, &scope));
    RQ_TRY(rq_target_fit_placement(plan->placement, bound, stats, target));
    return given ? rq_given_differences_find(&plan->differences, given, plan->placement, bound,
                                             plan->arena)
                 : RQ_OK;
}

/* Weights of layers that compute in INT8 first, else in the order they were in; how many. */
static rq_status part_weights(size_t *n_whole, rq_placement *placement)
{
    rq_weight_point *rest;
    size_t n = 0, n_rest = 0;
    RQ_TRY(rq_calloc(&rest, placement->n_weights, sizeof *rest, "weights"));
    for (size_t i = 0; i < placement->n_weights; i++)
        if (placement->weights[i].precision == RQ_PRECISION_INT8)
            placement->weights[n++] = placement->weights[i];
        else
            rest[n_rest++] = placement->weights[i];
    for (size_t i = 0; i < n_rest; i++) placement->weights[n + i] = rest[i];
    free(rest);
    *n_whole = n;
    return RQ_OK;
}

static rq_status decide_all(rq_quant_plan *plan, const rq_bound *bound, const rq_stats *stats,
                            const rq_plan_inputs *inputs)
{
    rq_placement *placement = plan->placement;
    plan->n_activations = placement->n_points;
    if (!inputs->activations_only) RQ_TRY(part_weights(&plan->n_weights, placement));
    plan->activations = rq_arena_alloc(plan->arena, plan->n_activations, sizeof *plan->activations);
    plan->weights = rq_arena_alloc(plan->arena, plan->n_weights, sizeof *plan->weights);
    if (!plan->activations || !plan->weights) return RQ_ENOMEM;
    RQ_TRY(rq_decide_activations(plan, bound, stats, inputs));
    if (inputs->activations_only) return RQ_OK;
    RQ_TRY(rq_decide_weights(plan, bound, stats, inputs));
    if (inputs->tables_stay) return RQ_OK;
    RQ_TRY(rq_decide_compression(plan, bound, stats, inputs));
    return rq_decide_compressed_biases(plan, bound, stats);
}

rq_status rq_quant_plan_create(rq_quant_plan **out, const rq_bound *bound, const rq_stats *stats,
                               const rq_plan_options *options, const rq_plan_inputs *inputs)
{
    static const rq_plan_inputs none = {0};
    if (!inputs) inputs = &none;
    *out = NULL;
    rq_quant_plan *plan;
    RQ_TRY(rq_calloc(&plan, 1, sizeof *plan, "a plan"));
    plan->options = *options;
    rq_status status = rq_arena_create(&plan->arena);
    if (status == RQ_OK) status = place(plan, bound, stats, inputs->given);
    if (status == RQ_OK) status = decide_all(plan, bound, stats, inputs);
    if (status != RQ_OK) {
        rq_quant_plan_destroy(&plan);
        return status;
    }
    *out = plan;
    return RQ_OK;
}
