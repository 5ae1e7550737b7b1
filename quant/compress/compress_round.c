#include "quant/compress/compress_round.h"

#include "engine/base/arena.h"
#include "engine/ops/common/blas.h"
#include "quant/compress/compress_block.h"
#include "quant/layers/layer_moments.h"

#include <math.h>
#include <string.h>

#define ROUNDS 3 /* over all blocks */
#define BLOCK 64 /* inputs, where a group has more than fit */

/* Shares of the off-diagonal elements that are kept. */
static const double off_diagonal[] = {0.95, 0.7};
enum { NEAREST = sizeof off_diagonal / sizeof *off_diagonal, KINDS };

/* What is fitted: of all channels, their inputs side by side. */
typedef struct fit {
    int8_t *codes, *zero_points;
    float *scales;
} fit;

/* n: weights of a channel; o: output channels of a layout's group. Matrices are row-major. */
typedef struct layer {
    rq_plan_compressed *c;
    const rq_gram *sums;
    const float *weights;
    bool centred;
    size_t n, o, channels, groups;
    fit fits[KINDS];
    size_t part;            /* the layout's group in hand */
    rq_fit_buffers buffers; /* residual: w - v */
} layer;

static rq_status open_layer(layer *l, rq_arena *arena)
{
    bool ok = rq_fit_buffers_alloc(&l->buffers, l->o, l->n, arena) == RQ_OK;
    for (int k = 0; ok && k < KINDS; k++) {
        fit *f = &l->fits[k];
        ok = (f->codes = rq_arena_alloc(arena, l->channels * l->n, 1)) &&
             (f->zero_points = rq_arena_alloc(arena, l->channels * l->groups, 1)) &&
             (f->scales = rq_arena_alloc(arena, l->channels * l->groups, sizeof *f->scales));
    }
    return ok ? RQ_OK : RQ_ENOMEM;
}

static void load(const layer *l, const fit *f)
{
    const rq_compressed *from = &l->c->codes;
    size_t scales = l->channels * l->groups;
    for (size_t c = 0; c < l->channels; c++)
        for (size_t k = 0; k < l->n; k++)
            f->codes[c * l->n + k] = from->codes[rq_weight_at(&l->c->layout, c, k)];
    memcpy(f->scales, from->scales, scales * sizeof *f->scales);
    memcpy(f->zero_points, from->zero_points, scales);
}

static void keep(const layer *l, const fit *f)
{
    rq_compressed *to = &l->c->codes;
    size_t scales = l->channels * l->groups;
    for (size_t c = 0; c < l->channels; c++)
        for (size_t k = 0; k < l->n; k++)
            to->codes[rq_weight_at(&l->c->layout, c, k)] = f->codes[c * l->n + k];
    memcpy(to->scales, f->scales, scales * sizeof *f->scales);
    memcpy(to->zero_points, f->zero_points, scales);
}

/* -- moments -------------------------------------------------------------------------------- */

static void find_mean(layer *l)
{
    rq_moments_mean(l->buffers.mean, l->sums, l->part, l->centred);
}

/* Of (x - mean) (x - mean)^T over all rows but the holdout ones, each row `weight`. */
static void find_moments(layer *l, double weight)
{
    rq_moments_find(l->buffers.hessian, l->sums, l->part, l->buffers.mean, weight);
}

/* Off-diagonal elements count by a share. False where there is nothing to fit to. */
static bool damp(layer *l, double share)
{
    float kept = (float)share;
    for (size_t i = 0; i < l->n; i++)
        for (size_t k = 0; k < l->n; k++)
            if (i != k) l->buffers.hessian[i * l->n + k] *= kept;
    float added = rq_moments_damping(l->buffers.hessian, l->n);
    for (size_t i = 0; i < l->n; i++) l->buffers.hessian[i * l->n + i] += added;
    return added > 0.0f && isfinite(added);
}

/* -- fitting -------------------------------------------------------------------------------- */

static void find_residual(layer *l, const fit *f)
{
    size_t size = l->n / l->groups;
    for (size_t i = 0; i < l->o; i++) {
        size_t c = l->part * l->o + i;
        for (size_t k = 0; k < l->n; k++) {
            size_t at = c * l->groups + k / size;
            float v = (float)(f->codes[c * l->n + k] - f->zero_points[at]) * f->scales[at];
            l->buffers.residual[i * l->n + k] = l->weights[rq_weight_at(&l->c->layout, c, k)] - v;
        }
    }
}

/* Inputs [first, first + n) of all channels. */
static void fit_block(layer *l, const fit *f, size_t first, size_t n, bool whole)
{
    float row_sums[RQ_COMPRESS_BLOCK_MAX] = {0.0f};
    for (size_t k = 0; k < n; k++)
        for (size_t i = 0; i < n; i++)
            row_sums[i] += l->buffers.hessian[(first + k) * l->n + first + i];
    const rq_compress_block block = {.scheme = &l->c->codes.scheme,
                                     .n = n,
                                     .hessian = l->buffers.hessian + first * l->n + first,
                                     .stride = l->n,
                                     .row_sums = row_sums,
                                     .whole = whole,
                                     .half = l->c->codes.half};
    size_t size = l->n / l->groups;
    rq_blas_sgemm(false, true, l->o, n, l->n, l->buffers.residual,
                  l->buffers.hessian + first * l->n, 0.0f, l->buffers.gradient);
    for (size_t i = 0; i < l->o; i++) {
        size_t c = l->part * l->o + i, at = c * l->groups + first / size;
        rq_compress_block_fit(f->codes + c * l->n + first, &f->scales[at], &f->zero_points[at],
                              l->buffers.residual + i * l->n + first, l->buffers.gradient + i * n,
                              &block);
    }
}

static void fit_part(layer *l, const fit *f)
{
    size_t size = l->n / l->groups;
    bool whole = size <= RQ_COMPRESS_BLOCK_MAX;
    size_t step = whole ? size : BLOCK;
    find_residual(l, f);
    for (int round = 0; round < ROUNDS; round++)
        for (size_t group = 0; group < l->n; group += size)
            for (size_t first = group; first < group + size; first += step) {
                size_t left = group + size - first;
                fit_block(l, f, first, left < step ? left : step, whole);
            }
}

/* The mean over holdout rows, and all channels, of the part's ((w - v) (x - mean))^2. */
static double holdout_error(layer *l, const fit *f)
{
    find_residual(l, f);
    return rq_moments_error(l->sums, l->part, l->buffers.mean, l->buffers.residual, l->o,
                            l->buffers.gradient) /
           (double)l->channels;
}

/* -- the layer ------------------------------------------------------------------------------ */

static bool try_kind(layer *l, int kind)
{
    find_moments(l, 1.0 / (double)l->sums->rows);
    if (!damp(l, off_diagonal[kind])) return false;
    fit_part(l, &l->fits[kind]);
    return true;
}

/* The kind that is best on the holdout images. */
static int choose_kind(layer *l, rq_compress_outcome *out)
{
    double error[KINDS] = {0.0};
    for (l->part = 0; l->part < l->c->layout.groups; l->part++) {
        find_mean(l);
        for (int kind = 0; kind < NEAREST; kind++) try_kind(l, kind);
        for (int kind = 0; kind < KINDS; kind++) error[kind] += holdout_error(l, &l->fits[kind]);
    }
    int best = NEAREST;
    for (int kind = 0; kind < NEAREST; kind++)
        if (error[kind] < error[best]) best = kind;
    out->before = error[NEAREST];
    out->after = error[best];
    out->changed = best != NEAREST;
    return best;
}

/* Once more, to the rows of all images. */
static void fit_to_all(layer *l, int kind)
{
    double weight = 1.0 / (double)(l->sums->rows + l->sums->n_holdout);
    for (l->part = 0; l->part < l->c->layout.groups; l->part++) {
        find_mean(l);
        find_moments(l, weight);
        rq_moments_add_holdout(l->buffers.hessian, l->sums, l->part, l->buffers.mean, weight,
                               l->buffers.gradient, l->o);
        if (damp(l, off_diagonal[kind])) fit_part(l, &l->fits[kind]);
    }
}

rq_status rq_compress_round(rq_compress_outcome *out, rq_plan_compressed *c, const float *weights,
                            const rq_gram *sums, bool centred)
{
    layer l = {.c = c,
               .sums = sums,
               .weights = weights,
               .centred = centred,
               .n = sums->layer->width,
               .o = c->layout.outputs,
               .channels = c->codes.channels,
               .groups = c->codes.groups};
    rq_arena *arena;
    *out = (rq_compress_outcome){0};
    if (sums->rows == 0 || sums->n_holdout == 0) return RQ_OK;
    RQ_TRY(rq_arena_create(&arena));
    rq_status status = open_layer(&l, arena);
    if (status == RQ_OK) {
        for (int kind = 0; kind < KINDS; kind++) load(&l, &l.fits[kind]);
        int kind = choose_kind(&l, out);
        if (out->changed) {
            fit_to_all(&l, kind);
            keep(&l, &l.fits[kind]);
        }
    }
    rq_arena_destroy(&arena);
    return status;
}
