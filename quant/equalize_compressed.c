#include "quant/equalize_compressed.h"

#include "engine/base/numbers.h"

#include <math.h>
#include <string.h>

#define ROWS 128   /* output channels of a consumer that are tried, about */
#define FLOOR 1e-4 /* of the mean E[x^2]: a channel that was silent may not be so elsewhere */
#define MAX_ERROR_LEFT 0.9

static const double strengths[] = {0.125, 0.25, 0.375, 0.5};

typedef struct chooser {
    const rq_equalize_site *site;
    const rq_quant_plan *plan;
    const rq_bound *bound;
    unsigned threads;
    const double *mean_square; /* [n]: E[x^2] */
    double *power;  /* [n]: the same, about the mean where biases take the mean's share */
    double *level;  /* [n]: log2 of its root, relative to the median channel */
    double *scaled; /* [n]: mean_square of the scaled channels */
    float *log2;    /* [n]: the scales tried */
} chooser;

static const rq_plan_compressed *compressed_of(const chooser *h, const rq_equalize_constant *k)
{
    for (size_t i = 0; i < h->plan->n_compressed; i++) {
        const rq_plan_compressed *c = &h->plan->compressed[i];
        if (c->n_uses == 1 && c->uses[0].point.node == k->node && c->uses[0].point.port == k->port)
            return c;
    }
    return NULL;
}

static bool is_four_bit_consumer(const chooser *h, const rq_equalize_constant *k)
{
    return k->role == RQ_EQUALIZE_CONSUMER &&
           compressed_of(h, k)->precision == RQ_PRECISION_INT4_WEIGHTS;
}

static bool is_compressed(const chooser *h)
{
    bool any = false;
    for (size_t i = 0; i < h->site->n_constants; i++) {
        const rq_equalize_constant *k = &h->site->constants[i];
        if (k->role == RQ_EQUALIZE_OPERAND) continue;
        if (!compressed_of(h, k)) return false;
        any |= is_four_bit_consumer(h, k);
    }
    return any;
}

/* -- expected error -------------------------------------------------------------------------- */

/* Some output channels of the scaled weights, row after row. */
static rq_status sample(float **out, rq_weight_layout *rows, const chooser *h,
                        const rq_equalize_constant *k, rq_arena *arena)
{
    const rq_weight_layout *l = &k->layout;
    const float *w = h->bound->values[h->bound->graph->nodes[k->node]->in[k->port]].data;
    size_t step = (l->outputs + ROWS - 1) / ROWS, n = l->inputs;
    *rows = (rq_weight_layout){.groups = 1,
                               .outputs = (l->outputs + step - 1) / step,
                               .inputs = n,
                               .taps = 1,
                               .output_stride = n,
                               .input_stride = 1};
    *out = rq_arena_alloc(arena, rows->outputs * n, sizeof **out);
    if (!*out) return RQ_ENOMEM;
    for (size_t i = 0; i < n; i++) {
        float by = rq_equalize_factor(h->log2[i]);
        for (size_t r = 0; r < rows->outputs; r++)
            (*out)[r * n + i] = w[rq_weight_at(l, r * step, i)] * by;
    }
    return RQ_OK;
}

/* Sum of E[x^2] (w - v)^2 over that of E[x^2] w^2; inputs go together by chance. */
static double relative_error(const chooser *h, const rq_compressed *q, const float *weights)
{
    size_t n = h->site->n, size = q->scheme.group_size;
    double noise = 0, signal = 0;
    for (size_t i = 0; i < q->channels * n; i++) {
        size_t group = i / size; /* which divides n */
        double v = (double)(q->codes[i] - q->zero_points[group]) * q->scales[group];
        double back = rq_equalize_factor(-h->log2[i % n]);
        double power = h->power[i % n] * back * back;
        noise += power * (weights[i] - v) * (weights[i] - v);
        signal += power * weights[i] * weights[i];
    }
    return signal > 0 ? noise / signal : 0;
}

/* Adds the consumer's error, relative to its output. */
static rq_status add_error(double *error, const chooser *h, const rq_equalize_constant *k)
{
    const rq_compress_options options = {.scheme = compressed_of(h, k)->codes.scheme,
                                         .search = true,
                                         .mean_square = h->scaled,
                                         .threads = h->threads};
    rq_arena *scratch;
    rq_weight_layout rows;
    rq_compressed codes;
    float *weights;
    RQ_TRY(rq_arena_create(&scratch));
    rq_status status = sample(&weights, &rows, h, k, scratch);
    if (status == RQ_OK) status = rq_compress(&codes, scratch, weights, &rows, &options);
    if (status == RQ_OK) *error += relative_error(h, &codes, weights);
    rq_arena_destroy(&scratch);
    return status;
}

static rq_status expected_error(double *error, chooser *h)
{
    *error = 0;
    for (size_t c = 0; c < h->site->n; c++) {
        double by = rq_equalize_factor(-h->log2[c]);
        h->scaled[c] = h->mean_square[c] * by * by;
    }
    for (size_t i = 0; i < h->site->n_constants; i++)
        if (is_four_bit_consumer(h, &h->site->constants[i]))
            RQ_TRY(add_error(error, h, &h->site->constants[i]));
    return RQ_OK;
}

/* -- choosing -------------------------------------------------------------------------------- */

static void set_scales(chooser *h, double strength)
{
    for (size_t c = 0; c < h->site->n; c++) {
        double log2 = rint(strength * h->level[c] * RQ_EQUALIZE_OCTAVE) / RQ_EQUALIZE_OCTAVE;
        log2 = fmax(-RQ_EQUALIZE_MAX_LOG2, fmin(RQ_EQUALIZE_MAX_LOG2, log2));
        h->log2[c] = (float)log2 + 0.0f; /* no -0 */
    }
}

/* All of the consumers have biases that take the mean's share. */
static bool is_centred(const chooser *h)
{
    for (size_t i = 0; i < h->site->n_constants; i++)
        if (is_four_bit_consumer(h, &h->site->constants[i]) &&
            !compressed_of(h, &h->site->constants[i])->uses[0].bias_shift)
            return false;
    return true;
}

static rq_status open_chooser(chooser *h, const rq_stats_value *stats, rq_arena *arena)
{
    bool centred = is_centred(h);
    size_t n = h->site->n;
    double mean = 0, *sorted = rq_arena_alloc(arena, n, sizeof *sorted);
    h->power = rq_arena_alloc(arena, n, sizeof *h->power);
    h->level = rq_arena_alloc(arena, n, sizeof *h->level);
    h->scaled = rq_arena_alloc(arena, n, sizeof *h->scaled);
    h->log2 = rq_arena_alloc(arena, n, sizeof *h->log2);
    if (!sorted || !h->power || !h->level || !h->scaled || !h->log2) return RQ_ENOMEM;
    for (size_t c = 0; c < n; c++) {
        h->power[c] = centred ? fmax(0, stats->channel_mean_square[c] -
                                            stats->channel_mean[c] * stats->channel_mean[c])
                              : stats->channel_mean_square[c];
        mean += h->power[c] / (double)n;
    }
    for (size_t c = 0; c < n; c++) sorted[c] = h->level[c] = log2(h->power[c] + FLOOR * mean) / 2;
    rq_sort_f64(sorted, n);
    for (size_t c = 0; c < n; c++) h->level[c] -= sorted[n / 2];
    return RQ_OK;
}

static rq_status choose_strength(rq_channel_equalization *out, chooser *h)
{
    RQ_TRY(expected_error(&out->before, h)); /* of scales 1 */
    out->after = INFINITY;
    for (size_t i = 0; i < sizeof strengths / sizeof *strengths; i++) {
        double error;
        set_scales(h, strengths[i]);
        RQ_TRY(expected_error(&error, h));
        if (!(error < out->after)) continue;
        out->after = error;
        out->strength = strengths[i];
        memcpy(out->log2, h->log2, h->site->n * sizeof *out->log2);
    }
    return RQ_OK;
}

static bool any_input(const rq_stats_value *stats)
{
    double sum = 0;
    for (size_t c = 0; c < stats->n_channels; c++) sum += stats->channel_mean_square[c];
    return sum > 0 && isfinite(sum);
}

rq_status rq_equalize_choose_compressed(rq_channel_equalization *out, bool *has_gain,
                                        const rq_equalize_site *site, const rq_stats_value *stats,
                                        const rq_quant_plan *plan, const rq_bound *bound,
                                        unsigned threads, rq_arena *arena)
{
    chooser h = {.site = site, .plan = plan, .bound = bound, .threads = threads};
    *has_gain = false;
    if (!stats || stats->axis != site->axis || stats->n_channels != site->n) return RQ_OK;
    if (!any_input(stats) || !is_compressed(&h)) return RQ_OK;
    h.mean_square = stats->channel_mean_square;
    RQ_TRY(open_chooser(&h, stats, arena));
    *out = (rq_channel_equalization){.site = *site};
    out->log2 = rq_arena_alloc(arena, site->n, sizeof *out->log2);
    if (!out->log2) return RQ_ENOMEM;
    RQ_TRY(choose_strength(out, &h));
    *has_gain = out->after < MAX_ERROR_LEFT * out->before; /* not 0 < 0: inputs that never vary */
    return RQ_OK;
}
