/* Which layers stay in floating point: doubling, halving, and groups that may go back. */
#include "engine/cli/timing.h"
#include "engine/cli/tune.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static rq_status try_first(bool *meets, rq_tune *t, size_t k)
{
    size_t index;
    bool *kept = rq_arena_alloc(t->arena, t->n_layers, sizeof *kept);
    if (!kept) return RQ_ENOMEM;
    for (size_t i = 0; i < k; i++) kept[i] = true;
    RQ_TRY(rq_tune_try(&index, t, kept));
    *meets = t->trials[index].meets;
    return RQ_OK;
}

/* The shortest prefix that meets the budget, all shorter ones taken to fail. */
static rq_status find_prefix(size_t *out, rq_tune *t)
{
    size_t fails = 0, works = 0, most = t->n_layers - 1;
    bool meets;
    RQ_TRY(try_first(&meets, t, 0));
    for (size_t k = 1; !meets; k *= 2) {
        if (fails == most)
            return rq_fail(RQ_EBUDGET,
                           "the budget is not met with all but one of %zu layers in floating point",
                           t->n_layers);
        works = k < most ? k : most;
        RQ_TRY(try_first(&meets, t, works));
        if (!meets) fails = works;
    }
    while (works > fails + 1) {
        size_t middle = fails + (works - fails) / 2;
        RQ_TRY(try_first(&meets, t, middle));
        if (meets)
            works = middle;
        else
            fails = middle;
    }
    *out = works;
    return RQ_OK;
}

/* -- back to INT8 ---------------------------------------------------------------------------- */

/* Takes kept layers number [from, from + n) of the set out of it. */
static void take_out(bool *out, const rq_tune *t, const bool *kept, size_t from, size_t n)
{
    size_t number = 0;
    for (size_t i = 0; i < t->n_layers; i++) {
        out[i] = kept[i] && !(number >= from && number < from + n);
        number += kept[i];
    }
}

static size_t count(const rq_tune *t, const bool *kept)
{
    size_t n = 0;
    for (size_t i = 0; i < t->n_layers; i++) n += kept[i];
    return n;
}

/* Groups of half the set, of a quarter, ... of one: the least useful first. */
static rq_status put_back(bool *kept, rq_tune *t)
{
    bool *fewer = rq_arena_alloc(t->arena, t->n_layers, sizeof *fewer);
    if (!fewer) return RQ_ENOMEM;
    for (size_t size = count(t, kept) / 2; size > 0; size /= 2)
        for (size_t end = count(t, kept); end >= size && end > 0; end -= size) {
            size_t index;
            take_out(fewer, t, kept, end - size, size);
            rq_status status = rq_tune_try(&index, t, fewer);
            if (status == RQ_EBUDGET) return RQ_OK; /* what there is meets the budget */
            RQ_TRY(status);
            if (t->trials[index].meets) memcpy(kept, fewer, t->n_layers * sizeof *kept);
        }
    return RQ_OK;
}

static void choose_best(rq_tune *t)
{
    t->best = SIZE_MAX;
    for (size_t i = 0; i < t->n_trials; i++) {
        const rq_trial *trial = &t->trials[i];
        if (!trial->meets) continue;
        if (t->best == SIZE_MAX || trial->lost_ms < t->trials[t->best].lost_ms) t->best = i;
    }
}

rq_status rq_tune_search(rq_tune *t)
{
    size_t k = 0;
    RQ_TRY(find_prefix(&k, t));
    bool *kept = rq_arena_alloc(t->arena, t->n_layers, sizeof *kept);
    if (!kept) return RQ_ENOMEM;
    for (size_t i = 0; i < k; i++) kept[i] = true;
    RQ_TRY(put_back(kept, t));
    choose_best(t);
    return RQ_OK;
}

/* -- times of the best ----------------------------------------------------------------------- */

/* Smaller is better. */
static double loss(const rq_tune *t, const rq_trial *trial)
{
    bool higher = t->higher_is_better || t->compares;
    return higher ? -trial->value : trial->value;
}

bool rq_tune_is_pareto(const rq_tune *t, size_t index)
{
    const rq_trial *x = &t->trials[index];
    for (size_t i = 0; i < t->n_trials; i++) {
        const rq_trial *y = &t->trials[i];
        bool no_worse = loss(t, y) <= loss(t, x) && y->lost_ms <= x->lost_ms;
        bool better = loss(t, y) < loss(t, x) || y->lost_ms < x->lost_ms;
        if (no_worse && better) return false;
    }
    return true;
}

#define MOST_TIMED 6

rq_status rq_tune_time(rq_tune *t, double seconds)
{
    rq_model *models[MOST_TIMED] = {NULL};
    rq_graph *graphs[MOST_TIMED] = {NULL};
    rq_timing timings[MOST_TIMED];
    size_t which[MOST_TIMED], n = 0;
    rq_exec_options exec = t->setup->exec;
    rq_status status = RQ_OK;
    exec.threads = t->setup->threads;
    for (size_t i = 0; status == RQ_OK && i < t->n_trials && n < MOST_TIMED; i++) {
        if (!rq_tune_is_pareto(t, i) && i != t->best) continue;
        status = rq_tune_build(&graphs[n], t, t->trials[i].kept);
        if (status == RQ_OK) status = rq_model_create(&models[n], graphs[n], &exec);
        which[n++] = i;
    }
    if (status == RQ_OK)
        status =
            rq_timing_measure(timings, (const rq_model *const *)models, n, seconds, t->setup->seed);
    for (size_t i = 0; i < n; i++) {
        if (status == RQ_OK) t->trials[which[i]].measured_ms = 1e3 * timings[i].median;
        rq_model_destroy(&models[i]);
        rq_graph_destroy(&graphs[i]);
    }
    return status;
}
