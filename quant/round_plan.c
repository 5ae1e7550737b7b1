#include "quant/round_plan.h"

#include "engine/base/mem.h"
#include "engine/base/numbers.h"
#include "engine/base/progress.h"
#include "engine/base/rng.h"
#include "engine/base/threads.h"
#include "quant/compress/compress_round.h"
#include "quant/decide.h"
#include "quant/decide_compression.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool is_shared(const rq_quant_plan *plan, size_t i)
{
    for (size_t j = 0; j < plan->n_weights; j++)
        if (j != i && plan->weights[j].shared_with == plan->weights[i].shared_with) return true;
    return false;
}

/* The first of at most `most`. */
static rq_status add_value(rq_round_target *target, rq_quant_plan *plan, size_t most)
{
    target->values = rq_arena_alloc(plan->arena, most, sizeof *target->values);
    if (!target->values) return RQ_ENOMEM;
    target->values[target->n_values++] = target->input.value;
    return RQ_OK;
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
    return add_value(target, plan, 1);
}

static bool is_alike(const rq_im2col *a, const rq_im2col *b)
{
    return a->matmul && b->matmul && a->positions == b->positions && a->inner == b->inner &&
           a->outer_stride == b->outer_stride && a->step == b->step &&
           a->summed_stride == b->summed_stride;
}

static rq_status add_compressed(rq_round_set *set, rq_quant_plan *plan, const rq_bound *bound,
                                size_t i)
{
    rq_plan_compressed *c = &plan->compressed[i];
    rq_round_target *target = &set->layers[set->n];
    const char *why;
    if (c->is_table) return RQ_OK;
    RQ_TRY(rq_im2col_find(&target->input, &why, bound, &c->uses[0].point, &c->layout));
    if (!why && c->layout.groups > 1 && target->input.matmul) why = "a batch of weights";
    if (why) {
        c->rounding = rq_arena_printf(plan->arena, "nearest: %s", why);
        return c->rounding ? RQ_OK : RQ_ENOMEM;
    }
    target->compressed = true;
    target->weight = i;
    set->n++;
    RQ_TRY(add_value(target, plan, c->n_uses));
    for (size_t u = 1; u < c->n_uses; u++) {
        rq_im2col other;
        RQ_TRY(rq_im2col_find(&other, &why, bound, &c->uses[u].point, &c->layout));
        if (!why && is_alike(&target->input, &other))
            target->values[target->n_values++] = other.value;
    }
    return RQ_OK;
}

rq_id rq_round_target_value(const rq_round_target *target, size_t image)
{
    rq_rng rng;
    rq_rng_seed(&rng, image);
    return target->values[rq_rng_below(&rng, target->n_values)];
}

rq_status rq_round_set_open(rq_round_set *out, rq_quant_plan *plan, const rq_bound *bound)
{
    memset(out, 0, sizeof *out);
    RQ_TRY(rq_calloc(&out->layers, plan->n_weights + plan->n_compressed, sizeof *out->layers,
                     "layers to round"));
    rq_status status = RQ_OK;
    for (size_t i = 0; status == RQ_OK && i < plan->n_weights; i++)
        status = add_layer(out, plan, bound, i);
    for (size_t i = 0; status == RQ_OK && i < plan->n_compressed; i++)
        status = add_compressed(out, plan, bound, i);
    if (status != RQ_OK) rq_round_set_close(out);
    return status;
}

void rq_round_set_close(rq_round_set *set)
{
    free(set->layers);
    memset(set, 0, sizeof *set);
}

/* -- the limits ------------------------------------------------------------------------------- */

#define WORK_DONE "nearest: the limit of work was reached (--rounding-work)"
#define TIME_OVER "nearest: the time limit was reached (--budget), which is not reproducible"
#define LARGE 1e8        /* multiply-accumulates of a layer over its moments */
#define FITTING_PASSES 8 /* over the moments, for each output channel */

static const rq_weight_layout *layout_of(const rq_round_target *target, const rq_quant_plan *plan)
{
    return target->compressed ? &plan->compressed[target->weight].layout
                              : &plan->weights[target->weight].layout;
}

/* 10^9 multiply-accumulates. */
static double work_of(const rq_round_target *target, const rq_quant_plan *plan, size_t images)
{
    const rq_im2col *l = &target->input;
    double channels = (double)rq_weight_channels(layout_of(target, plan));
    double fitting = FITTING_PASSES * channels * (double)l->width * (double)l->width;
    return (rq_gram_work(l, images) + fitting) / 1e9;
}

static void leave(rq_quant_plan *plan, const rq_round_target *target, const char *why)
{
    if (target->compressed)
        plan->compressed[target->weight].rounding = why;
    else
        plan->weights[target->weight].rounding = why;
}

typedef struct costed {
    size_t layer;
    double work;
} costed;

static int by_work(const void *a, const void *b)
{
    const costed *x = a, *y = b;
    if (x->work != y->work) return x->work < y->work ? -1 : 1;
    return x->layer < y->layer ? -1 : x->layer > y->layer;
}

static void keep_affordable(rq_round_set *set, rq_quant_plan *plan, const bool *affordable)
{
    size_t kept = 0;
    for (size_t i = 0; i < set->n; i++) {
        if (affordable[i])
            set->layers[kept++] = set->layers[i];
        else
            leave(plan, &set->layers[i], WORK_DONE);
    }
    set->n = kept;
}

rq_status rq_round_set_limit(rq_round_set *set, rq_quant_plan *plan, double work, size_t images)
{
    costed *layers;
    bool *affordable = NULL;
    RQ_TRY(rq_calloc(&layers, set->n, sizeof *layers, "layers to round"));
    rq_status status = rq_calloc(&affordable, set->n, sizeof *affordable, "layers to round");
    if (status == RQ_OK) {
        for (size_t i = 0; i < set->n; i++)
            layers[i] = (costed){i, work_of(&set->layers[i], plan, images)};
        qsort(layers, set->n, sizeof *layers, by_work);
        for (size_t i = 0; i < set->n && (work -= layers[i].work) >= 0; i++)
            affordable[layers[i].layer] = true;
        keep_affordable(set, plan, affordable);
    }
    free(affordable);
    free(layers);
    return status;
}

size_t rq_round_set_weight_bytes(const rq_round_set *set, const rq_quant_plan *plan)
{
    size_t weights = 0;
    for (size_t i = 0; i < set->n; i++)
        weights +=
            rq_weight_channels(layout_of(&set->layers[i], plan)) * set->layers[i].input.width;
    return weights * sizeof(float);
}

/* -- fitting ---------------------------------------------------------------------------------- */

typedef struct rounding_run {
    const rq_round_set *set;
    rq_quant_plan *plan;
    const rq_bound *bound;
    const rq_stats *stats;
    size_t first;
    bool *late; /* not begun before the deadline */
    rq_round_outcome *outcomes;
    rq_compress_outcome *compressed; /* likewise, of layers that are */
} rounding_run;

#define LARGER_ERROR "nearest: adaptive rounding has a larger error on the holdout images"
#define LOWER_ERROR                                                                                \
    "adaptive: output error due to the weights is %.1f dB lower on the holdout images"

/* Of layers that share weights each has its own mean. */
static bool is_centred(const rq_plan_compressed *c)
{
    return c->n_uses == 1 && c->uses[0].bias_shift;
}

static rq_status round_compressed(const rounding_run *f, size_t i)
{
    const rq_round_target *target = &f->set->layers[f->first + i];
    rq_plan_compressed *c = &f->plan->compressed[target->weight];
    const float *weights = f->bound->values[c->uses[0].point.value].data;
    return rq_compress_round(&f->compressed[i], c, weights, &target->sums, is_centred(c));
}

static rq_status finish_compressed(const rounding_run *f, size_t i)
{
    const rq_compress_outcome *o = &f->compressed[i];
    rq_plan_compressed *c = &f->plan->compressed[f->set->layers[f->first + i].weight];
    if (!o->changed) {
        c->rounding = LARGER_ERROR;
        return RQ_OK;
    }
    c->codes.noise *= o->after / o->before;
    c->rounding = rq_arena_printf(f->plan->arena, LOWER_ERROR, rq_decibels(o->before / o->after));
    rq_decide_compressed_bias(c, f->bound, f->stats);
    return c->rounding ? RQ_OK : RQ_ENOMEM;
}

static rq_status round_target(const rounding_run *f, size_t i, unsigned threads)
{
    const rq_round_target *target = &f->set->layers[f->first + i];
    f->late[i] = f->set->deadline > 0 && rq_now() > f->set->deadline;
    if (f->late[i]) return RQ_OK;
    if (target->compressed) return round_compressed(f, i);
    rq_plan_weight *w = &f->plan->weights[target->weight];
    return rq_round_layer(&f->outcomes[i], w, f->bound->values[w->point.value].data, &target->sums,
                          threads);
}

/* Threads share it; else each takes layers of its own. */
static bool is_large(const rounding_run *f, size_t i)
{
    const rq_round_target *target = &f->set->layers[f->first + i];
    double n = (double)target->input.width;
    return !target->compressed &&
           n * n * (double)f->plan->weights[target->weight].layout.outputs >= LARGE;
}

static rq_status round_small(void *ctx, unsigned worker, size_t i)
{
    (void)worker;
    return is_large(ctx, i) ? RQ_OK : round_target(ctx, i, 1);
}

static rq_status round_all(rounding_run *f, size_t n, unsigned threads)
{
    for (size_t i = 0; i < n; i++)
        if (is_large(f, i)) RQ_TRY(round_target(f, i, threads));
    return rq_parallel_for(threads, n, round_small, f);
}

/* The plan's text, and the bias that goes with new codes. */
static rq_status finish_layer(const rounding_run *f, size_t i)
{
    const rq_round_outcome *o = &f->outcomes[i];
    const rq_round_target *target = &f->set->layers[f->first + i];
    if (f->late[i]) {
        leave(f->plan, target, TIME_OVER);
        return RQ_OK;
    }
    if (target->compressed) return finish_compressed(f, i);
    rq_plan_weight *w = &f->plan->weights[target->weight];
    if (o->kept == RQ_ROUND_NEAREST) {
        w->rounding = LARGER_ERROR;
        return RQ_OK;
    }
    w->codes.noise *= o->error[o->kept] / o->error[RQ_ROUND_NEAREST];
    double gain = rq_decibels(o->error[RQ_ROUND_NEAREST] / o->error[o->kept]);
    w->rounding = rq_arena_printf(f->plan->arena, LOWER_ERROR, gain);
    return w->rounding ? rq_decide_bias(f->plan, f->bound, f->stats, w) : RQ_ENOMEM;
}

rq_status rq_round_set_run(rq_round_set *set, rq_quant_plan *plan, const rq_bound *bound,
                           const rq_stats *stats, size_t first, size_t end, unsigned threads)
{
    rounding_run f = {.set = set, .plan = plan, .bound = bound, .stats = stats, .first = first};
    rq_status status = rq_calloc(&f.outcomes, end - first, sizeof *f.outcomes, "outcomes");
    if (status == RQ_OK)
        status = rq_calloc(&f.compressed, end - first, sizeof *f.compressed, "outcomes");
    if (status == RQ_OK) status = rq_calloc(&f.late, end - first, sizeof *f.late, "outcomes");
    if (status == RQ_OK) status = round_all(&f, end - first, threads);
    for (size_t i = 0; status == RQ_OK && i < end - first; i++) status = finish_layer(&f, i);
    free(f.late);
    free(f.compressed);
    free(f.outcomes);
    return status;
}
