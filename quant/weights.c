#include "quant/weights.h"

#include "engine/base/round.h"
#include "quant/saturation.h"

#include <math.h>
#include <string.h>

#define SEARCH_STEPS 40    /* scales tried below and around absmax / 127 */
#define SEARCH_LOWEST 0.60 /* of absmax / 127 */
#define SEARCH_HIGHEST 2.0 /* where pairs may have to shrink: 2 is always safe */

/* One output channel. */
typedef struct channel {
    const float *weights;
    int8_t *codes;
    const rq_weight_layout *layout;
    const double *moment;    /* of this group's inputs; NULL: 1 */
    const uint8_t *max_code; /* of this group's inputs; NULL: 255 */
} channel;

static double moment_of(const channel *ch, size_t i)
{
    return ch->moment ? ch->moment[i] : 1.0;
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
    double m0 = moment_of(ch, i), x0 = (double)ch->weights[at] / scale;
    int w0 = round_code(x0, limit);
    if (i + 1 == l->inputs) {
        ch->codes[at] = (int8_t)w0;
        return m0 * (x0 - w0) * (x0 - w0);
    }
    size_t next = at + l->input_stride;
    double m1 = moment_of(ch, i + 1), x1 = (double)ch->weights[next] / scale;
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

static float search_scale(const channel *ch, float start, int limit, bool repair)
{
    size_t repaired;
    double best_error = encode(ch, start, limit, repair, &repaired);
    double highest = repaired ? SEARCH_HIGHEST : 1.0;
    float best = start;
    for (int step = 0; step <= SEARCH_STEPS; step++) {
        double factor = SEARCH_LOWEST + (highest - SEARCH_LOWEST) * step / SEARCH_STEPS;
        float scale = (float)(start * factor);
        double error = encode(ch, scale, limit, repair, &repaired);
        if (error < best_error) {
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
            sum += moment_of(ch, i) * w * w;
        }
    return sum;
}

static channel channel_at(const rq_weight_codes *out, const float *weights,
                          const rq_weight_layout *layout, const rq_weight_options *options,
                          size_t c)
{
    size_t offset = rq_weight_offset(layout, c), first = c / layout->outputs * layout->inputs;
    return (channel){.weights = weights + offset,
                     .codes = out->codes + offset,
                     .layout = layout,
                     .moment = options->moment ? options->moment + first : NULL,
                     .max_code = options->max_code ? options->max_code + first : NULL};
}

static void quantize_channel(rq_weight_codes *out, const channel *ch, size_t c, float absmax,
                             const rq_weight_options *options)
{
    int limit = options->half_range ? (RQ_CODE_MAX - 1) / 2 : RQ_CODE_MAX;
    bool repair = options->repair_pairs && !ch->layout->depthwise;
    /* NNCF's half range is 64 levels a side stretched to 127: the step is 2 * absmax / 127. */
    float start = (options->half_range ? 2.0f : 1.0f) * absmax / RQ_CODE_MAX;
    float scale = options->search_scale ? search_scale(ch, start, limit, repair) : start;
    size_t repaired;
    out->noise += encode(ch, scale, limit, repair, &repaired);
    out->signal += channel_signal(ch);
    out->n_repaired += repaired;
    out->scales[c] = scale;
    out->widening[c] = scale * RQ_CODE_MAX / absmax;
}

static rq_status find_absmax(float *absmax, float *most, const rq_weight_codes *out,
                             const float *weights, const rq_weight_layout *layout)
{
    static const rq_weight_options plain = {0};
    *most = 0.0f;
    for (size_t c = 0; c < rq_weight_channels(layout); c++) {
        channel ch = channel_at(out, weights, layout, &plain, c);
        absmax[c] = channel_absmax(&ch);
        if (!isfinite(absmax[c]))
            return rq_fail(RQ_EFORMAT, "weights of output channel %zu are not finite", c);
        if (absmax[c] > *most) *most = absmax[c];
    }
    return RQ_OK;
}

rq_status rq_weights_quantize(rq_weight_codes *out, rq_arena *arena, const float *weights,
                              const rq_weight_layout *layout, const rq_weight_options *options)
{
    size_t n = rq_weight_channels(layout);
    memset(out, 0, sizeof *out);
    out->codes = rq_arena_alloc(arena, n * layout->inputs * layout->taps, 1);
    out->scales = rq_arena_alloc(arena, n, sizeof *out->scales);
    out->widening = rq_arena_alloc(arena, n, sizeof *out->widening);
    float *absmax = rq_arena_alloc(arena, n, sizeof *absmax), most;
    if (!out->codes || !out->scales || !out->widening || !absmax) return RQ_ENOMEM;
    RQ_TRY(find_absmax(absmax, &most, out, weights, layout));
    float least = fmaxf(0.01f * most, 8e-5f); /* NNCF's floor for near-empty channels */
    for (size_t c = 0; c < n; c++) {
        channel ch = channel_at(out, weights, layout, options, c);
        quantize_channel(out, &ch, c, fmaxf(absmax[c], least), options);
    }
    return RQ_OK;
}

size_t rq_weights_count_unsafe(const int8_t *codes, const rq_weight_layout *layout,
                               const uint8_t *max_code)
{
    size_t unsafe = 0;
    for (size_t c = 0; c < rq_weight_channels(layout) && !layout->depthwise; c++) {
        const int8_t *w = codes + rq_weight_offset(layout, c);
        const uint8_t *a = max_code ? max_code + c / layout->outputs * layout->inputs : NULL;
        for (size_t t = 0; t < layout->taps; t++)
            for (size_t i = 0; i + 1 < layout->inputs; i += 2) {
                size_t at = i * layout->input_stride + t * layout->tap_stride;
                unsafe += !rq_pair_is_safe(w[at], w[at + layout->input_stride], a ? a[i] : 255,
                                           a ? a[i + 1] : 255);
            }
    }
    return unsafe;
}
