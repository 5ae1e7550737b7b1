/* The trials that no other one beats, and their measured times. */
#include "engine/workbench/bench/timing.h"
#include "engine/workbench/tune/tune.h"

/* Smaller is better. */
static double loss(const rq_tuning *t, const rq_trial *trial)
{
    bool higher = t->higher_is_better || t->compares;
    return higher ? -trial->value : trial->value;
}

bool rq_tune_is_pareto(const rq_tuning *t, size_t index)
{
    const rq_trial *x = &t->trials[index];
    for (size_t i = 0; i < t->n_trials; i++) {
        const rq_trial *y = &t->trials[i];
        bool no_worse = loss(t, y) <= loss(t, x) && y->cost_ms <= x->cost_ms;
        bool better = loss(t, y) < loss(t, x) || y->cost_ms < x->cost_ms;
        if (no_worse && better) return false;
    }
    return true;
}

#define MAX_TIMED 6

rq_status rq_tune_time(rq_tuning *t, double seconds)
{
    rq_model *models[MAX_TIMED] = {NULL};
    rq_graph *graphs[MAX_TIMED] = {NULL};
    rq_timing timings[MAX_TIMED];
    size_t which[MAX_TIMED], n = 0;
    rq_exec_options exec = t->workload->exec;
    rq_status status = RQ_OK;
    exec.threads = t->workload->threads;
    for (size_t i = 0; status == RQ_OK && i < t->n_trials && n < MAX_TIMED; i++) {
        if (!rq_tune_is_pareto(t, i) && i != t->best) continue;
        status = rq_tune_build(&graphs[n], t, t->trials[i].ignored);
        if (status == RQ_OK) status = rq_model_create(&models[n], graphs[n], &exec);
        which[n++] = i;
    }
    if (status == RQ_OK)
        status =
            rq_timing_measure(timings, (const rq_model *const *)models, n,
                              &(rq_timing_options){.seconds = seconds, .seed = t->workload->seed});
    for (size_t i = 0; i < n; i++) {
        if (status == RQ_OK) {
            t->trials[which[i]].measured_ms = 1e3 * timings[i].median;
            t->trials[which[i]].noise = timings[i].noise;
        }
        rq_model_destroy(&models[i]);
        rq_graph_destroy(&graphs[i]);
    }
    return status;
}
