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

/* The first prefix of 0, 1, 2, 4, 8, ... layers, of either order, that meets the budget. */
static rq_status double_prefix(size_t *works, size_t *fails, int *order, search *s)
{
    size_t most = s->t->n_layers - 1;
    bool meets;
    *works = *fails = 0;
    *order = 0;
    RQ_TRY(evaluate_first(&meets, s, *order, 0));
    if (!meets) RQ_TRY(order_by_gain(s));
    while (!meets) {
        if (*works == most)
            return rq_fail(RQ_EBUDGET,
                           "the budget is not met with all but one of %zu layers in floating point",
                           s->t->n_layers);
        *fails = *works;
        *works = *works ? 2 * *works : 1;
        if (*works > most) *works = most;
        for (*order = 0;; ++*order) {
            RQ_TRY(evaluate_first(&meets, s, *order, *works));
            if (meets || *order == N_ORDERS - 1) break;
        }
    }
    return RQ_OK;
}

/* s->ignored: the shortest prefix that meets the budget, all shorter ones taken to fail. */
static rq_status find_prefix(search *s)
{
    size_t fails, works;
    int order;
    bool meets;
    RQ_TRY(double_prefix(&works, &fails, &order, s));
    while (works > fails + 1) {
        size_t middle = fails + (works - fails) / 2;
        RQ_TRY(evaluate_first(&meets, s, order, middle));
        if (meets)
            works = middle;
        else
            fails = middle;
    }
    ignore_first(s, order, works);
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

static void choose_best(rq_tuning *t)
{
    t->best = SIZE_MAX;
    for (size_t i = 0; i < t->n_trials; i++) {
        const rq_trial *trial = &t->trials[i];
        if (!trial->meets) continue;
        if (t->best == SIZE_MAX || trial->cost_ms < t->trials[t->best].cost_ms) t->best = i;
    }
}

rq_status rq_tune_search(rq_tuning *t)
{
    search s;
    RQ_TRY(open_search(&s, t));
    RQ_TRY(find_prefix(&s));
    RQ_TRY(put_back(s.ignored, t));
    choose_best(t);
    return RQ_OK;
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
    *out = (rq_tuning){.workload = &options->setup->decision.workload, .options = *options};
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
