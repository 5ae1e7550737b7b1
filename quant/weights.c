#include "quant/weights.h"

#include "engine/base/mem.h"
#include "engine/base/round.h"
#include "engine/base/threads.h"
#include "quant/saturation.h"
#include "quant/weight_error.h"

#include <float.h>
#include <math.h>
#include <string.h>

#define SEARCH_STEPS 40    /* scales tried below and around absmax / 127 */
#define SEARCH_LOWEST 0.60 /* of absmax / 127 */
#define SEARCH_HIGHEST 2.0 /* where pairs may have to shrink: 2 is always safe */
#define SEARCH_BLOCK 128   /* pairs between two looks at whether a scale can still win */
#define SEARCH_TIE 1e-12   /* a scale must win by more than rounding: of an empty channel all tie */
#define MIN_ABSMAX (256.0f * FLT_MIN) /* scales of the search stay normal numbers */
#define WEIGHTS_AT_ONCE 16384 /* for one worker's turn, at least: fewer are not worth a thread */

/* One output channel. */
typedef struct channel {
    const float *weights;
    int8_t *codes;
    const rq_weight_layout *layout;
    const double *mean_square; /* of this group's inputs; NULL: 1 */
    const uint8_t *max_code;   /* of this group's inputs; NULL: 255 */
} channel;

static double mean_square_of(const channel *ch, size_t i)
{
    return ch->mean_square ? ch->mean_square[i] : 1.0;
}

static int max_code_of(const channel *ch, size_t i)
{
    return ch->max_code ? ch->max_code[i] : UINT8_MAX;
}

static int round_code(double x, int limit)
{
    double r = rq_round_half_even(x);
    return r > limit ? limit : r < -limit ? -limit : (int)r;
}

static float channel_absmax(const channel *ch)
{
    const rq_weight_layout *l = ch->layout;
    float most = 0.0f;
    for (size_t t = 0; t < l->taps; t++)
        for (size_t i = 0; i < l->inputs; i++) {
            float a = fabsf(ch->weights[i * l->input_stride + t * l->tap_stride]);
            if (!isfinite(a)) return a; /* to be refused */
            if (a > most) most = a;
        }
    return most;
}

/* Error of one weight pair (or of a single weight at the end) for a scale; fills the codes. */
static double encode_pair(const channel *ch, size_t i, size_t t, double scale, int limit,
                          bool repair, size_t *repaired)
{
    const rq_weight_layout *l = ch->layout;
    size_t at = i * l->input_stride + t * l->tap_stride;
    double m0 = mean_square_of(ch, i), x0 = (double)ch->weights[at] / scale;
    int w0 = round_code(x0, limit);
    if (i + 1 == l->inputs) {
        ch->codes[at] = (int8_t)w0;
        return m0 * (x0 - w0) * (x0 - w0);
    }
    size_t next = at + l->input_stride;
    double m1 = mean_square_of(ch, i + 1), x1 = (double)ch->weights[next] / scale;
    int w1 = round_code(x1, limit), a0 = max_code_of(ch, i), a1 = max_code_of(ch, i + 1);
    if (repair && !rq_pair_is_safe(w0, w1, a0, a1)) {
        rq_pair_repair(&w0, &w1, x0, x1, m0, m1, a0, a1);
        (*repaired)++;
    }
    ch->codes[at] = (int8_t)w0;
    ch->codes[next] = (int8_t)w1;
    return m0 * (x0 - w0) * (x0 - w0) + m1 * (x1 - w1) * (x1 - w1);
}

/* Weighted square error of the channel for a scale, in real units; fills the codes. */
static double encode(const channel *ch, double scale, int limit, bool repair, size_t *repaired)
{
    double error = 0.0;
    *repaired = 0;
    for (size_t t = 0; t < ch->layout->taps; t++)
        for (size_t i = 0; i < ch->layout->inputs; i += 2)
            error += encode_pair(ch, i, t, scale, limit, repair, repaired);
    return error * scale * scale;
}

/* Weights of the channel in pairs of inputs, tap after tap. */
static void pack(rq_weight_pairs *pairs, const channel *ch)
{
    const rq_weight_layout *l = ch->layout;
    size_t p = 0;
    for (size_t t = 0; t < l->taps; t++)
        for (size_t i = 0; i < l->inputs; i += 2, p++)
            for (size_t k = 0; k < 2; k++) {
                bool there = i + k < l->inputs;
                size_t at = (i + k) * l->input_stride + t * l->tap_stride;
                pairs->w[k][p] = there ? ch->weights[at] : 0.0f;
                pairs->mean_square[k][p] = there ? mean_square_of(ch, i + k) : 0.0;
                if (ch->max_code) pairs->max_code[k][p] = there ? ch->max_code[i + k] : 0;
            }
}

/* Weighted square error of the channel for a scale, in real units; gives up once it is `enough`. */
static double trial_error(const rq_weight_pairs *pairs, rq_weight_error_fn *error_of, float scale,
                          int limit, bool repair, double enough, size_t *repaired)
{
    double unit = (double)scale * scale, error = 0.0;
    rq_weight_trial trial = {1.0 / scale, limit, repair};
    *repaired = 0;
    for (size_t p = 0; p < pairs->n && error * unit < enough; p += SEARCH_BLOCK) {
        size_t n = pairs->n - p < SEARCH_BLOCK ? pairs->n - p : SEARCH_BLOCK;
        error += error_of(pairs, p, n, &trial, repaired);
    }
    return error * unit;
}

static float search_scale(rq_weight_pairs *pairs, const channel *ch, float start, int limit,
                          bool repair)
{
    size_t repaired, ignored;
    pack(pairs, ch);
    rq_weight_error_fn *error_of = rq_weight_error_get(pairs);
    double best_error = trial_error(pairs, error_of, start, limit, repair, INFINITY, &repaired);
    double highest = repaired ? SEARCH_HIGHEST : 1.0;
    float best = start;
    for (int step = 0; step <= SEARCH_STEPS; step++) {
        double factor = SEARCH_LOWEST + (highest - SEARCH_LOWEST) * step / SEARCH_STEPS;
        float scale = (float)(start * factor);
        if (scale == start) continue;
        double error = trial_error(pairs, error_of, scale, limit, repair, best_error, &ignored);
        if (error < best_error * (1.0 - SEARCH_TIE)) {
            best_error = error;
            best = scale;
        }
    }
    return best;
}

static double channel_signal(const channel *ch)
{
    const rq_weight_layout *l = ch->layout;
    double sum = 0.0;
    for (size_t t = 0; t < l->taps; t++)
        for (size_t i = 0; i < l->inputs; i++) {
            double w = ch->weights[i * l->input_stride + t * l->tap_stride];
            sum += mean_square_of(ch, i) * w * w;
        }
    return sum;
}

typedef struct job {
    rq_weight_codes *out;
    const float *weights;
    const rq_weight_layout *layout;
    const rq_weight_options *options;
    float *absmax;          /* by channel */
    double *noise, *signal; /* by channel, */
    size_t *repaired;       /* to be summed in order */
    size_t n, channels_at_once;
    rq_weight_pairs *pairs; /* by worker */
} job;

static channel channel_at(const job *j, size_t c)
{
    const rq_weight_layout *l = j->layout;
    const rq_weight_options *o = j->options;
    size_t offset = rq_weight_offset(l, c), first = c / l->outputs * l->inputs;
    return (channel){.weights = j->weights + offset,
                     .codes = j->out->codes + offset,
                     .layout = l,
                     .mean_square = o->mean_square ? o->mean_square + first : NULL,
                     .max_code = o->max_code ? o->max_code + first : NULL};
}

int rq_weights_code_limit(const rq_weight_options *options)
{
    return options->half_range ? RQ_CODE_MAX / 2 : RQ_CODE_MAX;
}

static void quantize_channel(const job *j, unsigned worker, size_t c, float absmax)
{
    const rq_weight_options *options = j->options;
    channel ch = channel_at(j, c);
    int limit = rq_weights_code_limit(options);
    bool repair = options->repair_pairs && !ch.layout->depthwise;
    /* NNCF's half range is 64 levels a side stretched to 127: the step is 2 * absmax / 127. */
    float start = (options->half_range ? 2.0f : 1.0f) * absmax / RQ_CODE_MAX;
    float scale = options->given_scales ? options->given_scales[c]
                  : options->search_scale
                      ? search_scale(&j->pairs[worker], &ch, start, limit, repair)
                      : start;
    j->noise[c] = encode(&ch, scale, limit, repair, &j->repaired[c]);
    j->signal[c] = channel_signal(&ch);
    j->out->scales[c] = scale;
    j->out->scale_ratio[c] = scale * RQ_CODE_MAX / absmax;
}

static rq_status quantize_some(void *ctx, unsigned worker, size_t i)
{
    const job *j = ctx;
    size_t end = (i + 1) * j->channels_at_once;
    for (size_t c = i * j->channels_at_once; c < end && c < j->n; c++)
        quantize_channel(j, worker, c, j->absmax[c]);
    return RQ_OK;
}

/* Of an empty channel 1: its codes are 0 with any scale. */
static rq_status find_absmax(const job *j)
{
    for (size_t c = 0; c < j->n; c++) {
        channel ch = channel_at(j, c);
        j->absmax[c] = channel_absmax(&ch);
        if (!isfinite(j->absmax[c]))
            return rq_fail(RQ_EFORMAT, "weights of output channel %zu are not finite", c);
        j->absmax[c] = j->absmax[c] > 0.0f ? fmaxf(j->absmax[c], MIN_ABSMAX) : 1.0f;
    }
    return RQ_OK;
}

static rq_status open_pairs(rq_weight_pairs *pairs, rq_arena *arena, const job *j)
{
    const rq_weight_layout *l = j->layout;
    pairs->n = rq_round_up(l->taps * ((l->inputs + 1) / 2), RQ_PAIR_LANES);
    for (size_t k = 0; k < 2; k++) {
        pairs->w[k] = rq_arena_alloc(arena, pairs->n, sizeof *pairs->w[k]);
        pairs->mean_square[k] = rq_arena_alloc(arena, pairs->n, sizeof *pairs->mean_square[k]);
        if (!pairs->w[k] || !pairs->mean_square[k]) return RQ_ENOMEM;
        if (!j->options->max_code) continue;
        pairs->max_code[k] = rq_arena_alloc(arena, pairs->n, 1);
        if (!pairs->max_code[k]) return RQ_ENOMEM;
    }
    return RQ_OK;
}

/* Everything channels need, from `scratch`: workers must not share an arena. */
static rq_status run_job(job *j, rq_arena *scratch, unsigned threads)
{
    size_t weights = j->layout->inputs * j->layout->taps;
    j->channels_at_once = weights < WEIGHTS_AT_ONCE ? WEIGHTS_AT_ONCE / weights : 1;
    j->absmax = rq_arena_alloc(scratch, j->n, sizeof *j->absmax);
    j->noise = rq_arena_alloc(scratch, j->n, sizeof *j->noise);
    j->signal = rq_arena_alloc(scratch, j->n, sizeof *j->signal);
    j->repaired = rq_arena_alloc(scratch, j->n, sizeof *j->repaired);
    j->pairs = rq_arena_alloc(scratch, threads, sizeof *j->pairs);
    if (!j->absmax || !j->noise || !j->signal || !j->repaired || !j->pairs) return RQ_ENOMEM;
    RQ_TRY(find_absmax(j));
    for (unsigned t = 0; t < threads; t++) RQ_TRY(open_pairs(&j->pairs[t], scratch, j));
    size_t parts = (j->n + j->channels_at_once - 1) / j->channels_at_once;
    RQ_TRY(rq_parallel_for(threads, parts, quantize_some, j));
    for (size_t c = 0; c < j->n; c++) {
        j->out->noise += j->noise[c];
        j->out->signal += j->signal[c];
        j->out->n_repaired += j->repaired[c];
    }
    return RQ_OK;
}

rq_status rq_weights_quantize(rq_weight_codes *out, rq_arena *arena, const float *weights,
                              const rq_weight_layout *layout, const rq_weight_options *options)
{
    size_t n = rq_weight_channels(layout);
    job j = {.out = out, .weights = weights, .layout = layout, .options = options, .n = n};
    rq_arena *scratch;
    memset(out, 0, sizeof *out);
    out->codes = rq_arena_alloc(arena, n * layout->inputs * layout->taps, 1);
    out->scales = rq_arena_alloc(arena, n, sizeof *out->scales);
    out->scale_ratio = rq_arena_alloc(arena, n, sizeof *out->scale_ratio);
    if (!out->codes || !out->scales || !out->scale_ratio) return RQ_ENOMEM;
    RQ_TRY(rq_arena_create(&scratch));
    rq_status status = run_job(&j, scratch, options->threads ? options->threads : 1);
    rq_arena_destroy(&scratch);
    return status;
}
