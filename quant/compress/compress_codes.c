#include "quant/compress/compress_codes.h"

#include "engine/base/dtype.h"
#include "engine/base/mapping.h"
#include "engine/base/threads.h"
#include "quant/compress/compress_run.h"
#include "quant/compress/compress_search.h"

#include <math.h>
#include <string.h>

#define HALF_MIN_NORMAL 6.103515625e-5f /* below, f16 has fewer than 11 bits */
#define NEGLIGIBLE 1e-4f /* of a channel's largest weight: a group that f16 may tell badly */
#define WEIGHTS_AT_ONCE 16384

typedef struct job {
    rq_compressed *out;
    const float *weights;
    const rq_weight_layout *layout;
    const rq_compress_options *options;
    double *noise, *signal; /* by channel */
    size_t n;               /* weights of a channel */
    size_t channels_at_once;
    float **rows, **importance; /* by worker: n each */
    int8_t **codes;
} job;

static void load_row(float *row, const job *j, size_t c)
{
    const rq_weight_layout *l = j->layout;
    const float *w = j->weights + rq_weight_offset(l, c);
    for (size_t tap = 0; tap < l->taps; tap++, w += l->tap_stride)
        for (size_t i = 0; i < l->inputs; i++) *row++ = w[i * l->input_stride];
}

/* Relative to their mean, with a share of it for all: inputs that hardly vary here may do so
 * elsewhere. */
static void load_importance(float *importance, const job *j, size_t c)
{
    const rq_weight_layout *l = j->layout;
    const double *square = j->options->mean_square;
    double mean = 0.0;
    if (square) square += c / l->outputs * l->inputs;
    for (size_t i = 0; square && i < l->inputs; i++) mean += square[i] / (double)l->inputs;
    bool usable = mean > 0.0 && isfinite(mean);
    for (size_t k = 0; !usable && k < j->n; k++) importance[k] = 1.0f;
    for (size_t k = 0; usable && k < j->n; k++)
        importance[k] = (float)(square[k % l->inputs] / mean + RQ_COMPRESS_DAMPING);
}

/* Not finite where a weight is not: to be refused. */
static float absmax(const float *w, size_t n)
{
    uint32_t most = 0; /* floats of one sign are ordered as their bits */
    float largest;
    for (size_t k = 0; k < n; k++) {
        uint32_t bits;
        memcpy(&bits, &w[k], sizeof bits);
        bits &= 0x7fffffff;
        most = bits > most ? bits : most;
    }
    memcpy(&largest, &most, sizeof largest);
    return largest;
}

/* What f16 cannot say of the channel's scales: too large, or a group that matters in so small
 * numbers that bits are lost. */
static bool fits_half(const job *j, const float *row, float most)
{
    size_t g = j->options->scheme.group_size;
    float levels = (float)(1 << j->options->scheme.bits);
    if (most >= RQ_F16_MAX) return false;
    for (size_t first = 0; first < j->n; first += g) {
        float here = absmax(row + first, g);
        if (here > NEGLIGIBLE * most && here / levels < HALF_MIN_NORMAL) return false;
    }
    return true;
}

/* Channels that lie side by side are not read again for now. */
static void release(const job *j, size_t first, size_t end)
{
    const rq_weight_layout *l = j->layout;
    bool rows = l->outputs == 1 || l->output_stride == j->n;
    if (!rows || (l->groups > 1 && l->group_stride != l->outputs * j->n)) return;
    rq_release_pages(j->weights + rq_weight_offset(l, first), (end - first) * j->n * sizeof(float));
}

static rq_status choose_scale_type(const job *j)
{
    j->out->half = true;
    for (size_t c = 0; c < j->out->channels; c++) {
        load_row(j->rows[0], j, c);
        float most = absmax(j->rows[0], j->n);
        if (!isfinite(most))
            return rq_fail(RQ_EFORMAT, "weights of output channel %zu are not finite", c);
        j->out->half &= fits_half(j, j->rows[0], most);
        release(j, c, c + 1);
    }
    return RQ_OK;
}

/* The codes of one group, into `codes`, and what they lose. */
static void quantize_group(const job *j, int8_t *codes, size_t c, size_t at,
                           const rq_compress_group *in)
{
    rq_compressed *out = j->out;
    rq_compress_range range = rq_compress_start(&out->scheme, in, out->half);
    if (j->options->search) rq_compress_search(&range, &out->scheme, in, out->half);
    out->scales[at] = range.scale;
    out->zero_points[at] = (int8_t)range.zero_point;
    rq_compressed_run(codes, &out->scheme, in->w, in->n, &out->scales[at], &out->zero_points[at],
                      0);
    for (size_t k = 0; k < in->n; k++) {
        double error = in->w[k] - (double)(codes[k] - range.zero_point) * range.scale;
        j->noise[c] += in->importance[k] * error * error;
        j->signal[c] += (double)in->importance[k] * in->w[k] * in->w[k];
    }
}

static void quantize_channel(const job *j, unsigned worker, size_t c)
{
    float *row = j->rows[worker], *importance = j->importance[worker];
    int8_t *codes = j->codes[worker];
    size_t g = j->out->scheme.group_size;
    load_row(row, j, c);
    load_importance(importance, j, c);
    for (size_t group = 0; group < j->out->groups; group++) {
        const rq_compress_group in = {row + group * g, importance + group * g, g};
        quantize_group(j, codes + group * g, c, c * j->out->groups + group, &in);
    }
    if (!j->out->codes) return;
    int8_t *kept = j->out->codes + rq_weight_offset(j->layout, c);
    for (size_t k = 0; k < j->n; k++) kept[rq_weight_within(j->layout, k)] = codes[k];
}

static rq_status quantize_some(void *ctx, unsigned worker, size_t i)
{
    const job *j = ctx;
    size_t end = (i + 1) * j->channels_at_once;
    if (end > j->out->channels) end = j->out->channels;
    for (size_t c = i * j->channels_at_once; c < end; c++) quantize_channel(j, worker, c);
    release(j, i * j->channels_at_once, end);
    return RQ_OK;
}

static rq_status run_job(job *j, rq_arena *scratch, unsigned threads)
{
    size_t channels = j->out->channels;
    j->channels_at_once = j->n < WEIGHTS_AT_ONCE ? WEIGHTS_AT_ONCE / j->n : 1;
    j->noise = rq_arena_alloc(scratch, channels, sizeof *j->noise);
    j->signal = rq_arena_alloc(scratch, channels, sizeof *j->signal);
    j->rows = rq_arena_alloc(scratch, threads, sizeof *j->rows);
    j->importance = rq_arena_alloc(scratch, threads, sizeof *j->importance);
    j->codes = rq_arena_alloc(scratch, threads, sizeof *j->codes);
    if (!j->noise || !j->signal || !j->rows || !j->importance || !j->codes) return RQ_ENOMEM;
    for (unsigned t = 0; t < threads; t++) {
        j->rows[t] = rq_arena_alloc(scratch, j->n, sizeof **j->rows);
        j->importance[t] = rq_arena_alloc(scratch, j->n, sizeof **j->importance);
        j->codes[t] = rq_arena_alloc(scratch, j->n, 1);
        if (!j->rows[t] || !j->importance[t] || !j->codes[t]) return RQ_ENOMEM;
    }
    RQ_TRY(choose_scale_type(j));
    size_t parts = (channels + j->channels_at_once - 1) / j->channels_at_once;
    RQ_TRY(rq_parallel_for(threads, parts, quantize_some, j));
    for (size_t c = 0; c < channels; c++) {
        j->out->noise += j->noise[c];
        j->out->signal += j->signal[c];
    }
    return RQ_OK;
}

rq_status rq_compress(rq_compressed *out, rq_arena *arena, const float *weights,
                      const rq_weight_layout *layout, const rq_compress_options *options)
{
    job j = {.out = out,
             .weights = weights,
             .layout = layout,
             .options = options,
             .n = layout->inputs * layout->taps};
    rq_arena *scratch;
    *out = (rq_compressed){.scheme = options->scheme, .channels = rq_weight_channels(layout)};
    out->groups = j.n / options->scheme.group_size;
    size_t scales = out->channels * out->groups;
    if (!options->bare && !(out->codes = rq_arena_alloc(arena, out->channels * j.n, 1)))
        return RQ_ENOMEM;
    out->scales = rq_arena_alloc(arena, scales, sizeof *out->scales);
    out->zero_points = rq_arena_alloc(arena, scales, 1);
    if (!out->scales || !out->zero_points) return RQ_ENOMEM;
    RQ_TRY(rq_arena_create(&scratch));
    rq_status status = run_job(&j, scratch, options->threads ? options->threads : 1);
    rq_arena_destroy(&scratch);
    rq_release_pages(weights, out->channels * j.n * sizeof *weights);
    return status;
}
