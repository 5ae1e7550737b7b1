/* Budgets: what a run may lose, and must win, against the model it started from. */
#include "reports/compare/compare.h"

#include "reports/limits.h"
#include "reports/speedup.h"
#include "reports/units.h"
#include "reports/summary.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* How much worse the headline metric became. Without labels the share of images whose
 * prediction changed, which accuracy cannot lose more than. NaN: not known. */
static double drop_of(const rq_comparison *c, size_t run)
{
    const rq_report_accuracy *row = c->headline ? c->headline->values[run].row : NULL;
    if (!row) return NAN;
    if (row->compares) return row->unit && !strcmp(row->unit, "%") ? 100 - row->after.value : NAN;
    return row->higher_is_better ? 0.0 - row->delta.value : row->delta.value;
}

/* Of what the speed-up is read from; NULL: none. */
static const char *noise_of(const rq_comparison *c, size_t run)
{
    const rq_report *report = c->runs[run].report;
    return report->n_speeds ? report->speeds[0].noise : NULL;
}

/* *out: the sentence, in the arena; NULL: there is none. */
static rq_status find_suspicion(const char **out, const rq_report *report, rq_arena *arena)
{
    rq_summary summary;
    rq_summarise(&summary, report);
    *out = NULL;
    if (summary.verdict != RQ_VERDICT_SUSPICIOUS) return RQ_OK;
    *out = rq_arena_strdup(arena, summary.suspicions.list[0].found);
    return *out ? RQ_OK : RQ_ENOMEM;
}

double rq_compare_speedup(const rq_comparison *c, size_t run)
{
    const rq_report *report = c->runs[run].report;
    return report->n_speeds ? rq_speedup(&report->speeds[0]) : (double)NAN;
}

static double size_of(const rq_comparison *c, size_t run)
{
    double before, after;
    rq_compare_bytes(&before, &after, c->runs[run].report);
    return after / before;
}

static void drop_text(char *buffer, const rq_comparison *c, double x)
{
    const char *unit = c->headline ? c->headline->row->unit : NULL;
    if (rq_same_text(unit, "%"))
        snprintf(buffer, RQ_NUMBER_TEXT, "%.4g point%s", x,
                 fabs(x - 1) <= RQ_LIMIT_ROUNDING ? "" : "s");
    else
        rq_metric_text(unit, x, buffer);
}

static void factor_text(char *buffer, const rq_comparison *c, double x)
{
    (void)c;
    snprintf(buffer, RQ_NUMBER_TEXT, "%.3gx", x);
}

static void share_text(char *buffer, const rq_comparison *c, double x)
{
    (void)c;
    rq_unit_text(RQ_UNIT_SHARE, x, buffer);
}

static const struct kind {
    const char *name, *found, *of, *limit, *unknown;
    size_t offset; /* in rq_budgets */
    bool at_most;
    double (*measure)(const rq_comparison *c, size_t run);
    void (*text)(char *buffer, const rq_comparison *c, double x);
} kinds[] = {
    {"max-drop", "loses", " of ", "at most", "was not measured against the original model",
     offsetof(rq_budgets, max_drop), true, drop_of, drop_text},
    {"min-speedup", "has a speed-up of", "", "at least", "was not timed",
     offsetof(rq_budgets, min_speedup), false, rq_compare_speedup, factor_text},
    {"max-size", "has", " of the original's size", "at most", "or its original has no known size",
     offsetof(rq_budgets, max_size), true, size_of, share_text},
};

static const char *budget_text(const rq_comparison *c, const rq_budget_check *check,
                               const struct kind *kind, rq_arena *arena)
{
    char found[RQ_NUMBER_TEXT], limit[RQ_NUMBER_TEXT];
    const char *name = c->runs[check->run].name;
    kind->text(limit, c, check->limit);
    if (check->noise)
        return rq_arena_printf(arena,
                               "%s: speed is not measurable now (%s): --%s %s cannot be checked",
                               name, check->noise, kind->name, limit);
    if (check->suspicion)
        return rq_arena_printf(arena, "%s is suspicious: %s: --%s %s cannot be checked", name,
                               check->suspicion, kind->name, limit);
    if (isnan(check->found))
        return rq_arena_printf(arena, "%s %s: --%s %s cannot be checked", name, kind->unknown,
                               kind->name, limit);
    bool gains = kind->measure == drop_of && check->found < 0;
    kind->text(found, c, gains ? -check->found : check->found);
    return rq_arena_printf(
        arena, "%s %s %s%s%s, required: %s %s", name, gains ? "gains" : kind->found, found,
        kind->of, kind->measure == drop_of ? c->headline->row->metric : "", kind->limit, limit);
}

static rq_budget_state state_of(const struct kind *kind, double found, double limit)
{
    if (isnan(found)) return RQ_BUDGET_UNMEASURED;
    bool met =
        kind->at_most ? found <= limit + RQ_LIMIT_ROUNDING : found >= limit - RQ_LIMIT_ROUNDING;
    return met ? RQ_BUDGET_MET : RQ_BUDGET_MISSED;
}

static rq_status check(rq_comparison *c, size_t run, const struct kind *kind, double limit,
                       rq_arena *arena)
{
    rq_budget_check *out = &c->budgets[c->n_budgets++];
    *out = (rq_budget_check){
        .run = run, .budget = kind->name, .limit = limit, .found = kind->measure(c, run)};
    if (kind->measure == rq_compare_speedup) out->noise = noise_of(c, run);
    if (kind->measure == drop_of)
        RQ_TRY(find_suspicion(&out->suspicion, c->runs[run].report, arena));
    out->state = state_of(kind, out->found, limit);
    if (out->suspicion && out->state == RQ_BUDGET_MET) {
        out->state = RQ_BUDGET_UNMEASURED;
        out->found = NAN;
    } else {
        out->suspicion = NULL; /* a loss that is there is a loss */
    }
    out->text = budget_text(c, out, kind, arena);
    return out->text ? RQ_OK : RQ_ENOMEM;
}

const char *rq_budget_state_word(rq_budget_state state)
{
    static const char *const words[RQ_BUDGET_STATES] = {"met", "missed", "not measured"};
    return words[state];
}

rq_budget_counts rq_compare_count_budgets(const rq_comparison *c, size_t run)
{
    rq_budget_counts counts = {.n = 0};
    for (size_t i = 0; i < c->n_budgets; i++) {
        if (run != RQ_ALL_RUNS && c->budgets[i].run != run) continue;
        counts.by_state[c->budgets[i].state]++;
        counts.n++;
    }
    return counts;
}

rq_status rq_compare_budgets(rq_comparison *out, const rq_budgets *budgets, rq_arena *arena)
{
    size_t n = sizeof kinds / sizeof *kinds;
    out->budgets = rq_arena_alloc(arena, out->n * n, sizeof *out->budgets);
    if (!out->budgets) return RQ_ENOMEM;
    for (size_t k = 0; k < out->n; k++)
        for (size_t i = 0; i < n; i++) {
            double limit = *(const double *)((const char *)budgets + kinds[i].offset);
            if (!isnan(limit) && !out->runs[k].original)
                RQ_TRY(check(out, k, &kinds[i], limit, arena));
        }
    return RQ_OK;
}
