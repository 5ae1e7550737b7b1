#include "quant/round_plan.h"

#include "engine/base/mem.h"
#include "engine/base/numbers.h"
#include "engine/base/threads.h"
#include "quant/decide.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool is_shared(const rq_quant_plan *plan, size_t i)
{
    for (size_t j = 0; j < plan->n_weights; j++)
        if (j != i && plan->weights[j].shared_with == plan->weights[i].shared_with) return true;
    return false;
}

static rq_status add_layer(rq_round_set *set, rq_quant_plan *plan, const rq_bound *bound, size_t i)
{
    rq_plan_weight *w = &plan->weights[i];
    rq_round_target *target = &set->layers[set->n];
    const char *why = is_shared(plan, i) ? "its weights are shared by several layers" : NULL;
    if (!why) RQ_TRY(rq_im2col_find(&target->input, &why, bound, &w->point, &w->layout));
    if (why) {
        w->rounding = rq_arena_printf(plan->arena, "nearest: %s", why);
        return w->rounding ? RQ_OK : RQ_ENOMEM;
    }
    target->weight = i;
    set->n++;
    return RQ_OK;
}

rq_status rq_round_set_open(rq_round_set *out, rq_quant_plan *plan, const rq_bound *bound)
{
    memset(out, 0, sizeof *out);
    RQ_TRY(rq_calloc(&out->layers, plan->n_weights, sizeof *out->layers, "layers to round"));
    rq_status status = RQ_OK;
    for (size_t i = 0; status == RQ_OK && i < plan->n_weights; i++)
        status = add_layer(out, plan, bound, i);
    if (status != RQ_OK) rq_round_set_close(out);
    return status;
}

void rq_round_set_close(rq_round_set *set)
{
    free(set->layers);
    memset(set, 0, sizeof *set);
}

/* -- the time limit ----------------------------------------------------------------------------
 */

#define WORK_PER_SECOND 8e9 /* multiplications, on two cores of 2023 */
#define FITTING_PASSES 8    /* over the moments, for each output channel */

static double expected_seconds(const rq_round_target *target, const rq_quant_plan *plan,
                               size_t images)
{
    const rq_im2col *l = &target->input;
    double channels = (double)rq_weight_channels(&plan->weights[target->weight].layout);
    double fitting = FITTING_PASSES * channels * (double)l->width * (double)l->width;
    return (rq_gram_work(l, images) + fitting) / WORK_PER_SECOND;
}

void rq_round_set_limit(rq_round_set *set, rq_quant_plan *plan, double seconds, size_t images)
{
    size_t kept = 0;
    for (double spent = 0.0; kept < set->n; kept++) {
        spent += expected_seconds(&set->layers[kept], plan, images);
        if (spent > seconds) break;
    }
    for (size_t i = kept; i < set->n; i++)
        plan->weights[set->layers[i].weight].rounding = "nearest: the time limit was reached";
    set->n = kept;
}

/* -- fitting ----------------------------------------------------------------------------------
 */

typedef struct rounding_run {
    const rq_round_set *set;
    rq_quant_plan *plan;
    const rq_bound *bound;
    const rq_stats *stats;
    size_t first;
    rq_round_outcome *outcomes;
} rounding_run;

static rq_status round_one(void *ctx, unsigned worker, size_t i)
{
    const rounding_run *f = ctx;
    const rq_round_target *target = &f->set->layers[f->first + i];
    rq_plan_weight *w = &f->plan->weights[target->weight];
    (void)worker;
    return rq_round_layer(&f->outcomes[i], w, f->bound->values[w->point.value].data, &target->sums);
}

/* The plan's text, and the bias that goes with new codes. */
static rq_status finish_layer(const rounding_run *f, size_t i)
{
    const rq_round_outcome *o = &f->outcomes[i];
    rq_plan_weight *w = &f->plan->weights[f->set->layers[f->first + i].weight];
    if (o->kept == RQ_ROUND_NEAREST) {
        w->rounding = "nearest: adaptive rounding has a larger error on the holdout images";
        return RQ_OK;
    }
    w->codes.noise *= o->error[o->kept] / o->error[RQ_ROUND_NEAREST];
    double gain = rq_decibels(o->error[RQ_ROUND_NEAREST] / o->error[o->kept]);
    w->rounding = rq_arena_printf(
        f->plan->arena,
        "adaptive: output error due to the weights is %.1f dB lower on the holdout images", gain);
    return w->rounding ? rq_decide_bias(f->plan, f->bound, f->stats, w) : RQ_ENOMEM;
}

rq_status rq_round_set_run(rq_round_set *set, rq_quant_plan *plan, const rq_bound *bound,
                           const rq_stats *stats, size_t first, size_t end, unsigned threads)
{
    rounding_run f = {.set = set, .plan = plan, .bound = bound, .stats = stats, .first = first};
    RQ_TRY(rq_calloc(&f.outcomes, end - first, sizeof *f.outcomes, "outcomes"));
    rq_status status = rq_parallel_for(threads, end - first, round_one, &f);
    for (size_t i = 0; status == RQ_OK && i < end - first; i++) status = finish_layer(&f, i);
    free(f.outcomes);
    return status;
}
