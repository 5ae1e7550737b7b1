#include "quant/plan_create.h"

#include "quant/decide.h"
#include "quant/decide_given.h"

/* A followed plan's rules stand before those of the options' own scope. */
static rq_status place(rq_quant_plan *plan, const rq_bound *bound, const rq_plan_file *given)
{
    rq_ignored_scope scope = plan->options.scope;
    if (given) {
        RQ_TRY(given->n_equalizations ? rq_plan_file_check_layers(given, bound)
                                      : rq_plan_file_check(given, bound));
        RQ_TRY(rq_given_rules(&scope, given, plan->arena));
    }
    rq_precision precision = given ? given->settings.precision : plan->options.precision;
    return rq_placement_create(&plan->placement, bound, precision, plan->options.isa, &scope);
}

static rq_status decide_all(rq_quant_plan *plan, const rq_bound *bound, const rq_stats *stats,
                            const rq_plan_inputs *inputs)
{
    const rq_placement *placement = plan->placement;
    plan->n_activations = placement->n_points;
    plan->n_weights = inputs->activations_only ? 0 : placement->n_weights;
    plan->activations = rq_arena_alloc(plan->arena, plan->n_activations, sizeof *plan->activations);
    plan->weights = rq_arena_alloc(plan->arena, plan->n_weights, sizeof *plan->weights);
    if (!plan->activations || !plan->weights) return RQ_ENOMEM;
    RQ_TRY(rq_decide_activations(plan, bound, stats, inputs));
    return rq_decide_weights(plan, bound, stats, inputs);
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
    if (status == RQ_OK) status = place(plan, bound, inputs->given);
    if (status == RQ_OK) status = decide_all(plan, bound, stats, inputs);
    if (status != RQ_OK) {
        rq_quant_plan_destroy(&plan);
        return status;
    }
    *out = plan;
    return RQ_OK;
}
