#include "engine/workbench/report/tune_report.h"

#include "engine/workbench/report/report_build.h"

static rq_layer_cost *costs_of(const rq_tuning *tune)
{
    const bool *ignored = tune->trials[tune->best].ignored;
    rq_layer_cost *costs = rq_arena_alloc(tune->arena, tune->n_layers, sizeof *costs);
    for (size_t i = 0; costs && i < tune->n_layers; i++) {
        const rq_tune_layer *l = &tune->layers[i];
        costs[i] = (rq_layer_cost){l->name, l->error, rq_tune_cost_ms(l), ignored[i]};
    }
    return costs;
}

rq_status rq_tune_write(rq_tuned *out, const rq_tuning *tune, const rq_finish_options *options)
{
    const rq_setup *setup = tune->options.setup;
    const char **why;
    *out = (rq_tuned){0};
    RQ_TRY(rq_tune_reasons(&why, tune, tune->trials[tune->best].ignored));
    RQ_TRY(rq_partial_plan_create(&out->partial, setup->parts, why));
    rq_finish_options finish = *options;
    finish.workload = tune->workload;
    finish.model = setup->decision.model;
    finish.build.plan = &out->partial->plan;
    finish.stats = setup->decision.stats;
    finish.val = tune->options.others ? tune->options.others : tune->options.val;
    RQ_TRY(rq_tune_note(&out->note, tune));
    finish.note = &out->note;
    out->budget = rq_tune_searched(tune);
    finish.budget = &out->budget;
    RQ_TRY(rq_tune_rows(&out->trials, tune, tune->best));
    finish.trials = out->trials;
    finish.n_trials = tune->n_trials;
    finish.costs = costs_of(tune);
    finish.n_costs = tune->n_layers;
    if (!finish.costs) return RQ_ENOMEM;
    return rq_finish_run(&out->finished, &finish);
}

void rq_tuned_close(rq_tuned *tuned)
{
    rq_finished_close(&tuned->finished);
    rq_partial_plan_destroy(&tuned->partial);
}
