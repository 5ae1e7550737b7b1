/* Which layers stay in floating point: doubling, halving, and groups that may go back. */
#include "engine/base/cpu.h"
#include "engine/base/progress.h"
#include "engine/run/ranks.h"
#include "engine/run/workload_digest.h"
#include "engine/workbench/tune/tune.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BY_GAIN, BY_ERROR_FOR_TIME, N_ORDERS };

#define PARETO_SECONDS 3.0 /* of timing the trials that no other one beats */

typedef struct search {
    rq_tuning *t;
    const rq_tune_layer **orders[N_ORDERS];
    bool *ignored;
    size_t fails, works; /* lengths of prefixes: what is longer than `works` was not tried yet */
    int order;           /* that the longest was of */
} search;

static int larger_gain(const void *a, const void *b)
{
    const rq_tune_layer *x = *(const rq_tune_layer *const *)a;
    const rq_tune_layer *y = *(const rq_tune_layer *const *)b;
    if (x->gain != y->gain) return x->gain < y->gain ? 1 : -1;
    return (x > y) - (x < y); /* as in t->layers: the error for the time */
}

static rq_status open_search(search *s, rq_tuning *t)
{
    *s = (search){.t = t, .ignored = rq_arena_alloc(t->arena, t->n_layers, sizeof *s->ignored)};
    for (int o = 0; o < N_ORDERS; o++) {
        s->orders[o] = rq_arena_alloc(t->arena, t->n_layers, sizeof *s->orders[o]);
        if (!s->orders[o] || !s->ignored) return RQ_ENOMEM;
        for (size_t i = 0; i < t->n_layers; i++) s->orders[o][i] = &t->layers[i];
    }
    return RQ_OK;
}

static rq_status order_by_gain(search *s)
{
    RQ_TRY(rq_tune_probe(s->t));
    qsort(s->orders[BY_GAIN], s->t->n_layers, sizeof *s->orders[BY_GAIN], larger_gain);
    return RQ_OK;
}

static void ignore_first(search *s, int order, size_t k)
{
    memset(s->ignored, 0, s->t->n_layers * sizeof *s->ignored);
    for (size_t i = 0; i < k; i++) s->ignored[s->orders[order][i] - s->t->layers] = true;
}

static rq_status evaluate_first(bool *meets, search *s, int order, size_t k)
{
    size_t index;
    ignore_first(s, order, k);
    RQ_TRY(rq_tune_evaluate(&index, s->t, s->ignored));
    *meets = s->t->trials[index].meets;
    return RQ_OK;
}

/* A prefix twice as long, of this order and those behind it. `where`: what the budget is not met on
 * by the last one, for the message. */
static rq_status double_prefix(bool *meets, search *s, int order, const char *where)
{
    size_t most = s->t->n_layers - 1;
    if (s->works == most)
        return rq_fail(RQ_EBUDGET,
                       "the budget is not met%s with all but one of %zu layers in floating point",
                       where, s->t->n_layers);
    s->fails = s->works;
    s->works = s->works ? 2 * s->works : 1;
    if (s->works > most) s->works = most;
    for (s->order = order;; ++s->order) {
        RQ_TRY(evaluate_first(meets, s, s->order, s->works));
        if (*meets || s->order == N_ORDERS - 1) return RQ_OK;
    }
}

/* s->ignored: the shortest prefix that meets the budget, all shorter ones taken to fail. The first
 * of 0, 1, 2, 4, 8, ... layers that does comes first. */
static rq_status find_prefix(search *s)
{
    bool meets;
    RQ_TRY(evaluate_first(&meets, s, s->order, 0));
    if (!meets) RQ_TRY(order_by_gain(s));
    while (!meets) RQ_TRY(double_prefix(&meets, s, BY_GAIN, ""));
    size_t fails = s->fails, works = s->works;
    while (works > fails + 1) {
        size_t middle = fails + (works - fails) / 2;
        RQ_TRY(evaluate_first(&meets, s, s->order, middle));
        if (meets)
            works = middle;
        else
            fails = middle;
    }
    ignore_first(s, s->order, works);
    return RQ_OK;
}

/* -- back to INT8 ---------------------------------------------------------------------------- */

/* Takes ignored layers number [from, from + n) of the set out of it. */
static void take_out(bool *out, const rq_tuning *t, const bool *ignored, size_t from, size_t n)
{
    size_t number = 0;
    for (size_t i = 0; i < t->n_layers; i++) {
        out[i] = ignored[i] && !(number >= from && number < from + n);
        number += ignored[i];
    }
}

static size_t count(const rq_tuning *t, const bool *ignored)
{
    size_t n = 0;
    for (size_t i = 0; i < t->n_layers; i++) n += ignored[i];
    return n;
}

/* Groups of half the set, of a quarter, ... of one: the least useful first. */
static rq_status put_back(bool *ignored, rq_tuning *t)
{
    bool *fewer = rq_arena_alloc(t->arena, t->n_layers, sizeof *fewer);
    if (!fewer) return RQ_ENOMEM;
    for (size_t size = count(t, ignored) / 2; size > 0; size /= 2)
        for (size_t end = count(t, ignored); end >= size && end > 0; end -= size) {
            size_t index;
            take_out(fewer, t, ignored, end - size, size);
            rq_status status = rq_tune_evaluate(&index, t, fewer);
            if (status == RQ_EBUDGET) return RQ_OK; /* what there is meets the budget */
            RQ_TRY(status);
            if (t->trials[index].meets) memcpy(ignored, fewer, t->n_layers * sizeof *ignored);
        }
    return RQ_OK;
}

/* -- on other images -------------------------------------------------------------------------- */

/* The next one after a trial that missed the budget on the other images leaves at most so much of
 * its error: few trials see these images, or they would be chosen on them, too. */
#define LESS_ERROR 0.75

static bool misses_on_others(const rq_trial *trial)
{
    return !isnan(trial->other_value) && !trial->other_meets;
}

/* Of the sum of all layers' errors, the share of those that stay quantized. */
static double share_of(const rq_tuning *t, const rq_trial *trial)
{
    double share = 0;
    for (size_t i = 0; i < t->n_layers; i++)
        if (!trial->ignored[i]) share += t->layers[i].share;
    return share;
}

/* Errors tell what may meet the budget on others where one has missed it. Metrics do not: where
 * INT8 meets the budget by chance, they rank it above FP32. */
static bool may_meet(const rq_tuning *t, const rq_trial *trial)
{
    if (!trial->meets || misses_on_others(trial)) return false;
    for (size_t i = 0; i < t->n_trials; i++)
        if (t->trials[i].meets && misses_on_others(&t->trials[i]) &&
            share_of(t, trial) > LESS_ERROR * share_of(t, &t->trials[i]))
            return false;
    return true;
}

/* The cheapest, or SIZE_MAX. */
static void choose_best(rq_tuning *t)
{
    t->best = SIZE_MAX;
    for (size_t i = 0; i < t->n_trials; i++) {
        const rq_trial *trial = &t->trials[i];
        if (!may_meet(t, trial)) continue;
        if (t->best == SIZE_MAX || trial->cost_ms < t->trials[t->best].cost_ms) t->best = i;
    }
}

/* What was tried already comes before longer prefixes. */
static rq_status confirm_best(search *s)
{
    rq_tuning *t = s->t;
    bool meets = !t->options.others, longer_meets;
    choose_best(t);
    while (!meets) {
        while (t->best == SIZE_MAX) {
            RQ_TRY(double_prefix(&longer_meets, s, BY_ERROR_FOR_TIME,
                                 " on images that layers are not chosen on, even"));
            choose_best(t);
        }
        RQ_TRY(rq_tune_confirm(&meets, t, t->best));
        if (!meets) choose_best(t);
    }
    return RQ_OK;
}

rq_status rq_tune_search(rq_tuning *t)
{
    search s;
    RQ_TRY(open_search(&s, t));
    RQ_TRY(find_prefix(&s));
    RQ_TRY(put_back(s.ignored, t));
    return confirm_best(&s);
}

/* -- all ------------------------------------------------------------------------------------- */

/* Of everything that trials depend on. */
static rq_status make_key(rq_tuning *t)
{
    char graph[RQ_DIGEST_TEXT], quantized[RQ_DIGEST_TEXT], measure[RQ_DIGEST_TEXT];
    rq_isa isa = rq_cpu_settle();
    const rq_workload w = rq_workload_over(t->workload, t->options.val);
    RQ_TRY(rq_graph_digest(graph, w.graph));
    RQ_TRY(rq_graph_digest(quantized, t->options.setup->quantized));
    RQ_TRY(rq_workload_measure_digest(measure, &w));
    t->key = rq_arena_printf(t->arena, "%s %s %s %s", graph, quantized, measure,
                             isnan(t->options.min_sqnr) ? "accuracy" : "sqnr");
    if (t->key && t->options.others) {
        const rq_workload confirming = rq_workload_over(t->workload, t->options.others);
        RQ_TRY(rq_workload_measure_digest(measure, &confirming));
        t->key = rq_arena_printf(t->arena, "%s %s", t->key, measure);
    }
    if (t->key && isa != RQ_ISA_NATIVE)
        t->key = rq_arena_printf(t->arena, "%s %s", t->key, rq_isas[isa].name);
    return t->key ? RQ_OK : RQ_ENOMEM;
}

rq_status rq_tune_start(rq_tuning *t)
{
    RQ_TRY(rq_tune_share(t, rq_tune_load(t)));
    if (t->n_layers == 0) {
        RQ_TRY(rq_tune_rank(t));
        RQ_TRY(rq_tune_save(t));
    }
    return t->n_trials ? RQ_OK : rq_tune_open_metric(t);
}

rq_status rq_tune_run(rq_tuning *out, const rq_tune_options *options)
{
    *out = (rq_tuning){.workload = &options->setup->decision.workload,
                       .options = *options,
                       .other_fp32_value = NAN};
    if (options->setup->parts->n == 0) return rq_fail(RQ_EARG, "the plan quantizes no layer");
    if (options->budget > 0 && rq_ranks_count() > 1)
        return rq_fail(RQ_EARG, "--budget with several processes, whose clocks would decide apart; "
                                "--max-trials and --rounding-work limit the work");
    RQ_TRY(rq_arena_create(&out->arena));
    if (options->budget > 0) out->deadline = rq_now() + options->budget;
    RQ_TRY(make_key(out));
    RQ_TRY(rq_tune_start(out));
    RQ_TRY(rq_tune_search(out));
    return rq_ranks_index() ? RQ_OK : rq_tune_time(out, PARETO_SECONDS);
}

void rq_tune_close(rq_tuning *tune)
{
    rq_arena_destroy(&tune->arena);
}
