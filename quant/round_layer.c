#include "quant/round_layer.h"

#include "engine/base/arena.h"
#include "engine/base/threads.h"
#include "engine/ops/common/blas.h"
#include "quant/layers/layer_moments.h"
#include "quant/round_codes.h"

#include <string.h>

/* Output channels that are fitted at a time. */
#define BLOCK 64

/* Share of the off-diagonal elements that is kept. */
static const double off_diagonal[RQ_ROUND_KINDS] = {
    [RQ_ROUND_LOW_DAMPING] = 0.7, [RQ_ROUND_HIGH_DAMPING] = 0.4};

/* One layer, and the buffers that its groups use in turn. n: width of a row; o: output channels of
 * a group. Matrices are row-major; codes are of all groups. */
typedef struct layer {
    const rq_plan_weight *plan;
    const rq_gram *sums;
    const float *weights;
    size_t n, o, channels;
    int8_t *codes[RQ_ROUND_KINDS]; /* channels, n */
    size_t group;                  /* the one in hand */
    rq_round_kind kind;            /* likewise */
    rq_fit_buffers buffers;        /* residual: w - v, or the same in steps of the code */
    double *errors;                /* of each block of channels */
    unsigned threads;
} layer;

static rq_status open_layer(layer *l, rq_arena *arena)
{
    for (int k = 0; k < RQ_ROUND_KINDS; k++)
        if (!(l->codes[k] = rq_arena_alloc(arena, l->channels * l->n, 1))) return RQ_ENOMEM;
    l->errors = rq_arena_alloc(arena, l->o / BLOCK + 1, sizeof *l->errors);
    return l->errors ? rq_fit_buffers_alloc(&l->buffers, l->o, l->n, arena) : RQ_ENOMEM;
}

/* fn(l, worker, i) for each block of the group's channels; nothing depends on the threads. */
static rq_status for_blocks(layer *l, rq_work_fn *fn)
{
    return l->o <= BLOCK ? fn(l, 0, 0)
                         : rq_parallel_for(l->threads, (l->o + BLOCK - 1) / BLOCK, fn, l);
}

static size_t end_of_block(const layer *l, size_t i)
{
    return l->o - i * BLOCK < BLOCK ? l->o : (i + 1) * BLOCK;
}

/* -- fitting one group ---------------------------------------------------------------------- */

/* What rounding loses of the group's weights; in steps of the code, or as it is. */
static void find_residual(layer *l, size_t first, size_t end, bool in_steps)
{
    for (size_t c = first; c < end; c++) {
        size_t channel = l->group * l->o + c;
        const int8_t *codes = l->codes[l->kind] + channel * l->n;
        double scale = l->plan->codes.scales[channel], unit = in_steps ? scale : 1.0;
        for (size_t k = 0; k < l->n; k++)
            l->buffers.residual[c * l->n + k] =
                (float)((l->weights[rq_weight_at(&l->plan->layout, channel, k)] -
                         codes[k] * scale) /
                        unit);
    }
}

/* The mean of (x - mean) (x - mean)^T over a part's rows, its off-diagonal elements times that
 * share.
 */
static void find_hessian(layer *l, const rq_gram_part *part, double off_diagonal_share)
{
    size_t n = l->n;
    const float *product = part->products + l->group * n * n;
    const double *sum = part->sum + l->group * n;
    double rows = (double)part->rows;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < n; k++) {
            double hessian =
                (product[i * n + k] - l->buffers.mean[i] * sum[k] - sum[i] * l->buffers.mean[k]) /
                    rows +
                l->buffers.mean[i] * l->buffers.mean[k];
            l->buffers.hessian[i * n + k] =
                (float)(i == k ? hessian : off_diagonal_share * hessian);
        }
}

static rq_status optimize_block(void *ctx, unsigned worker, size_t i)
{
    layer *l = ctx;
    size_t n = l->n, first = i * BLOCK, end = end_of_block(l, i);
    float *gradient = l->buffers.gradient;
    const rq_round_space space = {.n = n,
                                  .inputs = l->plan->layout.inputs,
                                  .hessian = l->buffers.hessian,
                                  .curves = l->buffers.curves,
                                  .limit = l->plan->code_limit,
                                  .repair = l->plan->repair_pairs};
    (void)worker;
    find_residual(l, first, end, true);
    rq_blas_sgemm(false, false, end - first, n, n, l->buffers.residual + first * n,
                  l->buffers.hessian, 0.0f, gradient + first * n);
    for (size_t c = first; c < end; c++)
        rq_round_codes(l->codes[l->kind] + (l->group * l->o + c) * n, gradient + c * n, &space);
    return RQ_OK;
}

static rq_status optimize_group(layer *l)
{
    find_hessian(l, &l->sums->train, off_diagonal[l->kind]);
    if (!rq_moments_damp(l->buffers.hessian, l->n)) return RQ_OK;
    rq_moments_curves(l->buffers.curves, l->buffers.hessian, l->n);
    return for_blocks(l, optimize_block);
}

/* -- validation -------------------------------------------------------------------------------- */

static rq_status find_error(void *ctx, unsigned worker, size_t i)
{
    layer *l = ctx;
    size_t n = l->n, first = i * BLOCK, end = end_of_block(l, i);
    (void)worker;
    find_residual(l, first, end, false);
    l->errors[i] = rq_moments_error(l->buffers.residual + first * n, l->buffers.hessian,
                                    end - first, n, l->buffers.gradient + first * n);
    return RQ_OK;
}

/* Adds the mean over holdout rows, and all channels, of the group's ((w - v) (x - mean))^2; their
 * moments are in l->buffers.hessian. */
static rq_status add_holdout_error(double *out, layer *l)
{
    double sum = 0.0;
    RQ_TRY(for_blocks(l, find_error));
    for (size_t i = 0; i * BLOCK < l->o; i++) sum += l->errors[i];
    *out += sum / (double)l->channels;
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
    for (l->group = 0; l->group < l->plan->layout.groups; l->group++) {
        rq_moments_mean(l->buffers.mean, &l->sums->train, l->group, l->n, l->plan->bias_shift);
        for (l->kind = RQ_ROUND_NEAREST + 1; l->kind < RQ_ROUND_KINDS; l->kind++)
            RQ_TRY(optimize_group(l));
        find_hessian(l, &l->sums->holdout, 1.0);
        for (l->kind = 0; l->kind < RQ_ROUND_KINDS; l->kind++)
            RQ_TRY(add_holdout_error(&out->error[l->kind], l));
    }
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
    if (sums->train.rows == 0 || sums->holdout.rows == 0) return RQ_OK;
    RQ_TRY(rq_arena_create(&arena));
    rq_status status = open_layer(&l, arena);
    if (status == RQ_OK) status = round_groups(&l, out);
    if (status == RQ_OK && out->kept != RQ_ROUND_NEAREST) keep_codes(&l, w->codes.codes, out->kept);
    rq_arena_destroy(&arena);
    return status;
}
