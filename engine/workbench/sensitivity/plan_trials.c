#include "engine/workbench/sensitivity/plan_trials.h"

#include "engine/base/progress.h"
#include "engine/workbench/search/output_error.h"
#include "quant/plan_create.h"

#include <math.h>
#include <stdlib.h>

struct rq_plan_trials {
    const rq_workload *workload;
    rq_trials_options options;
    rq_output_error *error;
    rq_output_scores before;
    double deadline, longest; /* seconds; of a trial */
};

static rq_status score_plan(rq_output_scores *out, rq_plan_trials *t, const rq_quant_plan *plan)
{
    const rq_output_error_score_options scored = {.graph = t->workload->graph, .plan = plan};
    double started = rq_now();
    rq_status status = rq_output_error_score(out, t->error, &scored);
    t->longest = fmax(t->longest, rq_now() - started);
    return status;
}

rq_status rq_plan_trials_open(rq_plan_trials **out, const rq_workload *workload,
                              const rq_trials_options *options)
{
    const rq_output_error_options kept = {.title = "advice", .images = options->images};
    rq_plan_trials *t;
    RQ_TRY(rq_calloc(&t, 1, sizeof *t, "trials"));
    *out = t;
    t->workload = workload;
    t->options = *options;
    t->deadline = rq_now() + options->seconds;
    rq_status status = rq_output_error_open(&t->error, workload, &kept);
    if (status == RQ_OK) status = score_plan(&t->before, t, options->parts->plan);
    if (status != RQ_OK) rq_plan_trials_close(out);
    return status;
}

void rq_plan_trials_close(rq_plan_trials **trials)
{
    if (!*trials) return;
    rq_output_scores_close(&(*trials)->before);
    rq_output_error_close(&(*trials)->error);
    free(*trials);
    *trials = NULL;
}

const rq_trials_options *rq_plan_trials_options(const rq_plan_trials *trials)
{
    return &trials->options;
}

static bool has_time(const rq_plan_trials *t)
{
    return rq_now() + t->longest <= t->deadline;
}

static rq_status try_plan(rq_plan_trial *out, rq_plan_trials *t, const rq_quant_plan *plan)
{
    rq_output_scores after;
    rq_status status = score_plan(&after, t, plan);
    if (status == RQ_OK) {
        rq_output_gain gain = rq_output_scores_gain(&t->before, &after);
        *out =
            (rq_plan_trial){.done = true,
                            .confirmed = rq_output_gain_is_confirmed(&gain, RQ_TRIAL_MIN_GAIN_DB),
                            .before_db = rq_output_scores_decibel(&t->before),
                            .after_db = rq_output_scores_decibel(&after),
                            .gain_db = gain.image_mean,
                            .images = t->before.n_images};
    }
    rq_output_scores_close(&after);
    return status;
}

rq_status rq_plan_trial_exclude(rq_plan_trial *out, rq_plan_trials *t, const size_t *parts,
                                size_t n)
{
    rq_partial_plan *partial;
    const char **why;
    *out = (rq_plan_trial){0};
    if (!has_time(t)) return RQ_OK;
    RQ_TRY(rq_calloc(&why, t->options.parts->n, sizeof *why, "layers"));
    for (size_t i = 0; i < n; i++) why[parts[i]] = "tried without it";
    rq_status status = rq_partial_plan_create(&partial, t->options.parts, why);
    if (status == RQ_OK) status = try_plan(out, t, &partial->plan);
    rq_partial_plan_destroy(&partial);
    free(why);
    return status;
}

rq_status rq_plan_trial_options(rq_plan_trial *out, rq_plan_trials *t,
                                const rq_plan_options *options)
{
    const rq_plan_inputs inputs = {.activations_only = true, .threads = t->workload->threads};
    rq_quant_plan changed = *t->options.parts->plan, *anew = NULL;
    *out = (rq_plan_trial){0};
    if (!t->options.stats || changed.n_activations == 0 || !has_time(t)) return RQ_OK;
    rq_status status =
        rq_quant_plan_create(&anew, t->workload->bound, t->options.stats, options, &inputs);
    if (status == RQ_OK) {
        changed.activations = anew->activations;
        changed.n_activations = anew->n_activations;
        status = try_plan(out, t, &changed);
    }
    rq_quant_plan_destroy(&anew);
    return status;
}
