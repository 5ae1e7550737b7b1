#include "quant/compress/compress_codes.h"

#include "engine/base/dtype.h"
#include "engine/base/threads.h"
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
} job;

static void load_row(float *row, const job *j, size_t c)
{
    const float *w = j->weights + rq_weight_offset(j->layout, c);
    for (size_t k = 0; k < j->n; k++) row[k] = w[rq_weight_within(j->layout, k)];
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
    for (size_t k = 0; k < j->n; k++)
        importance[k] = usable ? (float)(square[k % l->inputs] / mean + RQ_COMPRESS_DAMPING) : 1.0f;
}

static float absmax(const float *w, size_t n)
{
    float most = 0.0f;
    for (size_t k = 0; k < n; k++) {
        float a = fabsf(w[k]);
        if (!isfinite(a)) return a; /* to be refused */
        if (a > most) most = a;
    }
    return most;
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

static rq_status choose_scale_type(const job *j)
{
    j->out->half = true;
    for (size_t c = 0; c < j->out->channels; c++) {
        load_row(j->rows[0], j, c);
        float most = absmax(j->rows[0], j->n);
        if (!isfinite(most))
            return rq_fail(RQ_EFORMAT, "weights of output channel %zu are not finite", c);
        j->out->half &= fits_half(j, j->rows[0], most);
    }
    return RQ_OK;
}

static void quantize_channel(const job *j, unsigned worker, size_t c)
{
    const rq_compress_scheme *scheme = &j->options->scheme;
    rq_compressed *out = j->out;
    float *row = j->rows[worker], *importance = j->importance[worker];
    int8_t *codes = out->codes + rq_weight_offset(j->layout, c);
    size_t g = scheme->group_size;
    load_row(row, j, c);
    load_importance(importance, j, c);
    for (size_t group = 0; group < out->groups; group++) {
        size_t at = c * out->groups + group, first = group * g;
        const rq_compress_group in = {row + first, importance + first, g};
        rq_compress_range range = rq_compress_start(scheme, &in, out->half);
        if (j->options->search) rq_compress_search(&range, scheme, &in, out->half);
        out->scales[at] = range.scale;
        out->zero_points[at] = (int8_t)range.zero_point;
        for (size_t k = first; k < first + g; k++) {
            int code = rq_compressed_code(scheme, row[k], range.scale, range.zero_point);
            double error = row[k] - (double)(code - range.zero_point) * range.scale;
            codes[rq_weight_within(j->layout, k)] = (int8_t)code;
            j->noise[c] += importance[k] * error * error;
            j->signal[c] += (double)importance[k] * row[k] * row[k];
        }
    }
}

static rq_status quantize_some(void *ctx, unsigned worker, size_t i)
{
    const job *j = ctx;
    size_t end = (i + 1) * j->channels_at_once;
    for (size_t c = i * j->channels_at_once; c < end && c < j->out->channels; c++)
        quantize_channel(j, worker, c);
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
    if (!j->noise || !j->signal || !j->rows || !j->importance) return RQ_ENOMEM;
    for (unsigned t = 0; t < threads; t++) {
        j->rows[t] = rq_arena_alloc(scratch, j->n, sizeof **j->rows);
        j->importance[t] = rq_arena_alloc(scratch, j->n, sizeof **j->importance);
        if (!j->rows[t] || !j->importance[t]) return RQ_ENOMEM;
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
    out->codes = rq_arena_alloc(arena, out->channels * j.n, 1);
    out->scales = rq_arena_alloc(arena, scales, sizeof *out->scales);
    out->zero_points = rq_arena_alloc(arena, scales, 1);
    if (!out->codes || !out->scales || !out->zero_points) return RQ_ENOMEM;
    RQ_TRY(rq_arena_create(&scratch));
    rq_status status = run_job(&j, scratch, options->threads ? options->threads : 1);
    rq_arena_destroy(&scratch);
    return status;
}
