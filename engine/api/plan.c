/* Plans: how a network is quantized. */
#include "engine/api/options/quantize_options.h"
#include "engine/api/network.h"

#include "engine/base/mem.h"
#include "engine/workbench/quantize/first_checks.h"
#include "quant/plan_json.h"

#include <stdlib.h>

struct rq_plan {
    const rq_network *network;
    rq_arena *arena; /* of the texts of: */
    rq_settings settings;
    rq_workload workload;
    rq_quantize_options options;
    rq_steps steps;
    rq_decision decision;
};

static rq_status decide(rq_plan *p, const rq_stats *stats)
{
    rq_workload *w = &p->workload;
    rq_quantize_options *o = &p->options;
    RQ_TRY(rq_network_workload(w, p->network, &p->settings));
    RQ_TRY(rq_quantize_options_read(o, &p->settings, w->arena));
    rq_precision precision = o->decide.plan.precision;
    if (!rq_precision_has_plan(precision))
        return rq_fail(RQ_EARG, "--precision %s needs no plan", rq_precision_word(precision));
    if (rq_precision_has_ranges(precision)) o->decide.lent = stats;
    RQ_TRY(rq_quantize_open(w, o));
    RQ_TRY(rq_first_checks_run(w));
    return rq_decide_run(&p->decision, w, &o->decide, &p->steps);
}

static rq_status copy_settings(rq_plan *p, const rq_settings *settings, const char *path)
{
    RQ_TRY(rq_settings_copy(&p->settings, settings, p->arena));
    if (!path) return RQ_OK;
    const char *copy = rq_arena_strdup(p->arena, path);
    if (!copy) return RQ_ENOMEM;
    rq_settings_remove(&p->settings, "plan");
    return rq_settings_add(&p->settings, "plan", copy);
}

/* `path`: of the plan to follow, or NULL. */
static rq_status create(rq_plan **out, const rq_network *network, const rq_stats *stats,
                        const rq_options *options, const char *path)
{
    const rq_settings *settings;
    rq_plan *plan;
    *out = NULL;
    RQ_TRY(rq_options_of(&settings, options, "quantize"));
    RQ_TRY(rq_calloc(&plan, 1, sizeof *plan, "a plan"));
    plan->network = network;
    const rq_api_call call = rq_api_enter(network->context);
    rq_status status = rq_arena_create(&plan->arena);
    if (status == RQ_OK) status = copy_settings(plan, settings, path);
    if (status == RQ_OK) status = decide(plan, stats);
    rq_api_leave(&call);
    if (status == RQ_OK)
        *out = plan;
    else
        rq_plan_destroy(&plan);
    return status;
}

rq_status rq_plan_create(rq_plan **out, const rq_network *network, const rq_stats *stats,
                         const rq_options *options)
{
    return create(out, network, stats, options, NULL);
}

rq_status rq_plan_load(rq_plan **out, const rq_network *network, const rq_stats *stats,
                       const rq_options *options, const char *path)
{
    return create(out, network, stats, options, path);
}

rq_status rq_plan_save(const rq_plan *plan, const char *path)
{
    const rq_api_call call = rq_api_enter(plan->network->context);
    const rq_decision *d = &plan->decision;
    rq_status status =
        rq_quant_plan_save(d->plan, rq_decision_model(d), d->workload.graph, NULL, path);
    rq_api_leave(&call);
    return status;
}

static rq_status apply(rq_network *out, const rq_plan *plan)
{
    rq_fp16_report report;
    const rq_build_options build = {plan->decision.plan, plan->options.float_fp16,
                                    plan->decision.stats};
    RQ_TRY(rq_build_result(&out->graph, &plan->decision.workload, &build, &report));
    RQ_TRY(rq_graph_load(out->graph)); /* the caller's, who may run it */
    out->name = rq_arena_printf(out->arena, "%s-%s", plan->network->name,
                                rq_precision_word(plan->options.decide.plan.precision));
    /* In messages the name that it is saved under, not the original's. */
    if (out->name) out->path = rq_arena_printf(out->arena, "%s.xml", out->name);
    if (!out->name || !out->path) return RQ_ENOMEM;
    out->graph->path = out->path;
    return RQ_OK;
}

rq_status rq_plan_apply(rq_network **out, const rq_plan *plan)
{
    const rq_network *from = plan->network;
    const rq_api_call call = rq_api_enter(from->context);
    rq_status status = rq_network_create(out, from->context, from->path);
    if (status == RQ_OK) status = apply(*out, plan);
    rq_api_leave(&call);
    if (status != RQ_OK) rq_network_destroy(out);
    return status;
}

void rq_plan_destroy(rq_plan **plan)
{
    rq_plan *p = plan ? *plan : NULL;
    if (!p) return;
    rq_decision_close(&p->decision);
    rq_plan_file_destroy(&p->options.decide.given);
    rq_workload_close(&p->workload);
    rq_settings_free(&p->settings);
    rq_arena_destroy(&p->arena);
    free(p);
    *plan = NULL;
}
