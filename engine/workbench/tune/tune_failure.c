/* What is said where trials have run out. */
#include "engine/workbench/tune/tune_failure.h"

#include "reports/verdict.h"

#include <math.h>
#include <stdio.h>

/* What the nearest trial lacks, in the budget's unit: on the images to choose on, or on the others
 * of those that met it there. */
static double least_missed(const rq_tuning *t, bool others)
{
    const rq_report_budget budget = rq_tune_budget(t);
    double least = INFINITY;
    for (size_t i = 0; i < t->n_trials; i++) {
        const rq_trial *trial = &t->trials[i];
        double drop = others ? trial->other_drop : trial->drop;
        if (trial->meets == others && !isnan(drop))
            least = fmin(least, rq_budget_missed(&budget, drop));
    }
    return least;
}

/* "misses it by 0.5 points"; empty where that is not known. */
static const char *missed_text(char out[64], const rq_tuning *t, bool others)
{
    const char *unit = !t->options.relative && rq_same_text(t->unit, "%") ? "points" : t->unit;
    double missed = least_missed(t, others);
    out[0] = '\0';
    if (isfinite(missed))
        snprintf(out, 64, ": the nearest misses it by %.3g%s%s", missed, unit ? " " : "",
                 unit ? unit : "");
    return out;
}

static size_t count_met(const rq_tuning *t)
{
    size_t n = 0;
    for (size_t i = 0; i < t->n_trials; i++) n += t->trials[i].meets;
    return n;
}

rq_status rq_tune_fail_trials(const rq_tuning *t)
{
    char missed[64];
    size_t n = t->n_trials, n_met = count_met(t);
    const char *next = "the same command with more --max-trials goes on from here; or ask for less";
    if (!n_met)
        return rq_fail(RQ_EBUDGET, "%zu trial%s, and none meets the budget%s; %s", n, rq_plural(n),
                       missed_text(missed, t, false), next);
    return rq_fail(RQ_EBUDGET,
                   "%zu trial%s, of which %zu meet%s the budget on the images that layers are "
                   "chosen on, and none on the other ones%s; %s",
                   n, rq_plural(n), n_met, n_met == 1 ? "s" : "", missed_text(missed, t, true),
                   next);
}
