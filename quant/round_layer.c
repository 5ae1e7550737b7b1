#include "quant/round_layer.h"

#include "engine/base/arena.h"
#include "engine/base/mem.h"
#include "engine/base/threads.h"
#include "engine/ops/common/blas.h"
#include "quant/layers/layer_moments.h"
#include "quant/round_codes.h"

#include <math.h>
#include <string.h>

/* Output channels that are fitted at a time. */
#define BLOCK 64

/* Share of the off-diagonal elements that is kept. */
static const float off_diagonal[RQ_ROUND_KINDS] = {
    [RQ_ROUND_LOW_DAMPING] = 0.7f, [RQ_ROUND_HIGH_DAMPING] = 0.4f};

/* What one worker fits a block of channels with; rows of the group's width n. */
typedef struct room {
    float *residual; /* BLOCK rows: w - v, or the same in steps of the code */
    float *gradient; /* BLOCK rows: of the off-diagonal elements and the diagonal as they are */
    float *damped;   /* RQ_ROUND_CHANNELS rows: the same, damped */
} room;

/* One layer, and what its groups use in turn. n: width of a row; o: output channels of a group.
 * Matrices are row-major; codes are of all groups. */
typedef struct layer {
    const rq_plan_weight *plan;
    const rq_gram *sums;
    const float *weights;
    size_t n, o, channels;
    int8_t *codes[RQ_ROUND_KINDS]; /* channels, n */
    size_t group;                  /* the one in hand, with */
    double *mean;                  /* n */
    float *hessian;                /* n, n */
    float damping;
    float *curves[RQ_ROUND_KINDS];    /* n: the diagonal as it is (nearest), and damped */
    room *rooms;                      /* by worker */
    double (*errors)[RQ_ROUND_KINDS]; /* of each block of channels */
    unsigned threads;
} layer;

static rq_status open_room(room *r, size_t n, rq_arena *arena)
{
    bool ok = (r->residual = rq_arena_alloc(arena, BLOCK * n, sizeof *r->residual)) &&
              (r->gradient = rq_arena_alloc(arena, BLOCK * n, sizeof *r->gradient)) &&
              (r->damped = rq_arena_alloc(arena, RQ_ROUND_CHANNELS * n, sizeof *r->damped));
    return ok ? RQ_OK : RQ_ENOMEM;
}

static size_t n_blocks(const layer *l)
{
    return (l->o + BLOCK - 1) / BLOCK;
}

static rq_status open_layer(layer *l, rq_arena *arena)
{
    if (l->threads > n_blocks(l)) l->threads = (unsigned)n_blocks(l);
    if (l->threads == 0) l->threads = 1;
    for (int k = 0; k < RQ_ROUND_KINDS; k++)
        if (!(l->codes[k] = rq_arena_alloc(arena, l->channels * l->n, 1)) ||
            !(l->curves[k] = rq_arena_alloc(arena, l->n, sizeof(float))))
            return RQ_ENOMEM;
    if (!(l->mean = rq_arena_alloc(arena, l->n, sizeof *l->mean)) ||
        !(l->hessian = rq_arena_alloc(arena, l->n * l->n, sizeof *l->hessian)) ||
        !(l->errors = rq_arena_alloc(arena, n_blocks(l), sizeof *l->errors)) ||
        !(l->rooms = rq_arena_alloc(arena, l->threads, sizeof *l->rooms)))
        return RQ_ENOMEM;
    for (unsigned t = 0; t < l->threads; t++) RQ_TRY(open_room(&l->rooms[t], l->n, arena));
    return RQ_OK;
}

/* Channels of one block of the group in hand: `count`, from the layer's channel `first` on. */
typedef struct block {
    const room *room;
    size_t first, count;
} block;

static block block_at(const layer *l, unsigned worker, size_t i)
{
    return (block){&l->rooms[worker], l->group * l->o + i * BLOCK,
                   rq_min_size(l->o - i * BLOCK, BLOCK)};
}

/* -- fitting --------------------------------------------------------------------------------- */

/* What rounding loses of the weights; in steps of the code, or as it is. */
static void find_residual(const layer *l, const block *b, const int8_t *kind, bool in_steps)
{
    for (size_t c = 0; c < b->count; c++) {
        size_t channel = b->first + c;
        const int8_t *codes = kind + channel * l->n;
        float *residual = b->room->residual + c * l->n;
        double scale = l->plan->codes.scales[channel], unit = in_steps ? scale : 1.0;
        for (size_t k = 0; k < l->n; k++)
            residual[k] = (float)((l->weights[rq_weight_at(&l->plan->layout, channel, k)] -
                                   codes[k] * scale) /
                                  unit);
    }
}

/* The gradient by the damped moments, from that by the moments as they are. */
static void damp(float *out, const layer *l, const float *gradient, const float *residual,
                 rq_round_kind kind)
{
    float share = off_diagonal[kind];
    const float *as_it_is = l->curves[RQ_ROUND_NEAREST], *damped = l->curves[kind];
    for (size_t k = 0; k < l->n; k++)
        out[k] = share * (gradient[k] - as_it_is[k] * residual[k]) + damped[k] * residual[k];
}

static void optimize(const layer *l, const block *b, rq_round_kind kind)
{
    const room *r = b->room;
    const rq_round_space space = {.n = l->n,
                                  .inputs = l->plan->layout.inputs,
                                  .hessian = l->hessian,
                                  .share = off_diagonal[kind],
                                  .curves = l->curves[kind],
                                  .limit = l->plan->code_limit,
                                  .repair = l->plan->repair_pairs};
    for (size_t first = 0; first < b->count; first += RQ_ROUND_CHANNELS) {
        size_t n = rq_min_size(b->count - first, RQ_ROUND_CHANNELS);
        for (size_t c = 0; c < n; c++)
            damp(r->damped + c * l->n, l, r->gradient + (first + c) * l->n,
                 r->residual + (first + c) * l->n, kind);
        rq_round_codes(l->codes[kind] + (b->first + first) * l->n, r->damped, n, &space);
    }
}

static void optimize_block(const layer *l, const block *b)
{
    if (!(l->damping > 0.0f && isfinite(l->damping))) return;
    find_residual(l, b, l->codes[RQ_ROUND_NEAREST], true);
    rq_blas_sgemm(false, false, b->count, l->n, l->n, b->room->residual, l->hessian, 0.0f,
                  b->room->gradient);
    for (int kind = RQ_ROUND_NEAREST + 1; kind < RQ_ROUND_KINDS; kind++) optimize(l, b, kind);
}

static rq_status fit_block(void *ctx, unsigned worker, size_t i)
{
    const layer *l = ctx;
    const block b = block_at(l, worker, i);
    optimize_block(l, &b);
    for (int kind = 0; kind < RQ_ROUND_KINDS; kind++) {
        find_residual(l, &b, l->codes[kind], false);
        l->errors[i][kind] = rq_moments_error(l->sums, l->group, l->mean, b.room->residual, b.count,
                                              b.room->gradient);
    }
    return RQ_OK;
}

/* The moments of its inputs, and their diagonal. */
static void take_moments(layer *l)
{
    rq_moments_mean(l->mean, l->sums, l->group, l->plan->bias_shift);
    rq_moments_find(l->hessian, l->sums, l->group, l->mean, 1.0 / (double)l->sums->rows);
    l->damping = rq_moments_damping(l->hessian, l->n);
    for (size_t k = 0; k < l->n; k++) {
        float own = l->hessian[k * l->n + k];
        for (int kind = 0; kind < RQ_ROUND_KINDS; kind++)
            l->curves[kind][k] = kind == RQ_ROUND_NEAREST ? own : own + l->damping;
    }
}

/* Adds to out[kind] the mean over holdout rows, and all channels, of the group's
 * ((w - v) (x - mean))^2. Nothing depends on the threads. */
static rq_status fit_group(double *out, layer *l)
{
    take_moments(l);
    RQ_TRY(l->threads == 1 && n_blocks(l) == 1
               ? fit_block(l, 0, 0)
               : rq_parallel_for(l->threads, n_blocks(l), fit_block, l));
    for (int kind = 0; kind < RQ_ROUND_KINDS; kind++) {
        double sum = 0.0;
        for (size_t i = 0; i < n_blocks(l); i++) sum += l->errors[i][kind];
        out[kind] += sum / (double)l->channels;
    }
    return RQ_OK;
}

/* -- the layer ------------------------------------------------------------------------------ */

static void load_codes(layer *l)
{
    for (int kind = 0; kind < RQ_ROUND_KINDS; kind++)
        for (size_t c = 0; c < l->channels; c++)
            for (size_t k = 0; k < l->n; k++)
                l->codes[kind][c * l->n + k] =
                    l->plan->codes.codes[rq_weight_at(&l->plan->layout, c, k)];
}

static void keep_codes(const layer *l, int8_t *codes, rq_round_kind kind)
{
    for (size_t c = 0; c < l->channels; c++)
        for (size_t k = 0; k < l->n; k++)
            codes[rq_weight_at(&l->plan->layout, c, k)] = l->codes[kind][c * l->n + k];
}

static rq_status round_groups(layer *l, rq_round_outcome *out)
{
    load_codes(l);
    for (l->group = 0; l->group < l->plan->layout.groups; l->group++)
        RQ_TRY(fit_group(out->error, l));
    for (int kind = 0; kind < RQ_ROUND_KINDS; kind++)
        if (out->error[kind] < out->error[out->kept]) out->kept = kind;
    return RQ_OK;
}

rq_status rq_round_layer(rq_round_outcome *out, rq_plan_weight *w, const float *weights,
                         const rq_gram *sums, unsigned threads)
{
    layer l = {.plan = w,
               .sums = sums,
               .weights = weights,
               .n = sums->layer->width,
               .o = w->layout.outputs,
               .channels = rq_weight_channels(&w->layout),
               .threads = threads};
    rq_arena *arena;
    memset(out, 0, sizeof *out);
    if (sums->rows == 0 || sums->n_holdout == 0) return RQ_OK;
    RQ_TRY(rq_arena_create(&arena));
    rq_status status = open_layer(&l, arena);
    if (status == RQ_OK) status = round_groups(&l, out);
    if (status == RQ_OK && out->kept != RQ_ROUND_NEAREST) keep_codes(&l, w->codes.codes, out->kept);
    rq_arena_destroy(&arena);
    return status;
}
