#include "quant/equalize.h"

#include "engine/base/numbers.h"
#include "engine/ops/weight_axes.h"

#include <math.h>

#define STEPS 255.0 /* of an activation's range */
#define WEIGHT_STEPS 127.0
#define MAX_NOISE_LEFT 0.8 /* of the noise that may stay */

static const double strengths[] = {0.0, 0.25, 0.5, 0.75, 1.0};

/* What consumers tell of a site's channels, and a choice of scales. */
typedef struct chooser {
    const rq_equalize_site *site;
    const rq_channel_ranges *ranges;
    const rq_bound *bound;
    float *weight_max;  /* [n]: largest |w| that reads the channel */
    double *weight_sum; /* [n]: of w^2, one element of each consumer's output */
    double unit;        /* of the scales' logarithms */
    float *log2;
    double *scale; /* 2^log2 */
    double *sort;
} chooser;

static const float *weights_of(const chooser *h, const rq_equalize_constant *k)
{
    return h->bound->values[h->bound->graph->nodes[k->node]->in[k->port]].data;
}

static void read_weights(chooser *h, const rq_equalize_constant *k)
{
    const rq_weight_layout *l = &k->layout;
    const float *w = weights_of(h, k);
    for (size_t c = 0; c < rq_weight_channels(l); c++)
        for (size_t i = 0; i < l->inputs; i++) {
            size_t channel = rq_equalize_input(l, c, i);
            for (size_t t = 0; t < l->taps; t++) {
                float x =
                    fabsf(w[rq_weight_offset(l, c) + i * l->input_stride + t * l->tap_stride]);
                h->weight_max[channel] = fmaxf(h->weight_max[channel], x);
                h->weight_sum[channel] += (double)x * x / (double)rq_weight_channels(l);
            }
        }
}

/* -- expected noise -------------------------------------------------------------------------- */

/* Noise of a uniform step is step^2 / 12. */
static double activation_noise(const chooser *h)
{
    double low = 0, high = 0, noise = 0;
    for (size_t c = 0; c < h->site->n; c++) {
        low = fmin(low, (double)h->ranges->low[c] / h->scale[c]);
        high = fmax(high, (double)h->ranges->high[c] / h->scale[c]);
    }
    for (size_t c = 0; c < h->site->n; c++) noise += h->weight_sum[c] * h->scale[c] * h->scale[c];
    double step = (high - low) / STEPS;
    return noise * step * step / 12;
}

/* Of a group's inputs, after scaling: the same for each of its output channels. */
static double input_power(const chooser *h, const rq_weight_layout *l, size_t c)
{
    double power = 0;
    for (size_t i = 0; i < l->inputs; i++) {
        size_t channel = rq_equalize_input(l, c, i);
        power += h->ranges->mean_square[channel] / (h->scale[channel] * h->scale[channel]) *
                 (double)l->taps;
    }
    return power;
}

static double largest_scaled(const chooser *h, const rq_weight_layout *l, const float *w, size_t c)
{
    double largest = 0;
    for (size_t i = 0; i < l->inputs; i++) {
        const float *of = w + rq_weight_offset(l, c) + i * l->input_stride;
        float most = 0;
        for (size_t t = 0; t < l->taps; t++) {
            float x = fabsf(of[t * l->tap_stride]);
            most = x > most ? x : most;
        }
        double scaled = most * h->scale[rq_equalize_input(l, c, i)];
        largest = scaled > largest ? scaled : largest;
    }
    return largest;
}

static double consumer_noise(const chooser *h, const rq_equalize_constant *k)
{
    const rq_weight_layout *l = &k->layout;
    const float *w = weights_of(h, k);
    double noise = 0, power = 0;
    for (size_t c = 0; c < rq_weight_channels(l); c++) {
        if (c % l->outputs == 0) power = input_power(h, l, c);
        double step = largest_scaled(h, l, w, c) / WEIGHT_STEPS;
        noise += step * step / 12 * power;
    }
    return noise / (double)rq_weight_channels(l);
}

static double expected_noise(const chooser *h)
{
    double noise = activation_noise(h);
    for (size_t i = 0; i < h->site->n_constants; i++)
        if (h->site->constants[i].role == RQ_EQUALIZE_CONSUMER)
            noise += consumer_noise(h, &h->site->constants[i]);
    return noise;
}

/* -- choosing -------------------------------------------------------------------------------- */

/* Power of what consumers compute if inputs were uncorrelated, which is what noise compares with.
 */
static double expected_signal(const chooser *h)
{
    double power = 0;
    for (size_t c = 0; c < h->site->n; c++) power += h->weight_sum[c] * h->ranges->mean_square[c];
    return power;
}

static bool is_live(const chooser *h, size_t c)
{
    return fmaxf(-h->ranges->low[c], h->ranges->high[c]) > 0 && h->weight_max[c] > 0;
}

static double target_log2(const chooser *h, size_t c, double strength)
{
    double most = fmaxf(-h->ranges->low[c], h->ranges->high[c]);
    return strength * log2(most) - (1 - strength) * log2(h->weight_max[c]);
}

/* Only differences between channels matter: the median channel stays as it is. */
static void set_scales(chooser *h, double strength)
{
    size_t n = 0;
    for (size_t c = 0; c < h->site->n; c++)
        if (is_live(h, c)) h->sort[n++] = target_log2(h, c, strength);
    rq_sort_f64(h->sort, n);
    for (size_t c = 0; c < h->site->n; c++) {
        double x = is_live(h, c) ? target_log2(h, c, strength) - h->sort[n / 2] : 0;
        x = rint(x / h->unit) * h->unit;
        h->log2[c] = (float)fmax(-RQ_EQUALIZE_MAX_LOG2, fmin(RQ_EQUALIZE_MAX_LOG2, x));
        h->scale[c] = (double)rq_equalize_factor(h->log2[c]);
    }
}

static bool reads_convolutions(const chooser *h)
{
    for (size_t i = 0; i < h->site->n_constants; i++) {
        const rq_equalize_constant *k = &h->site->constants[i];
        if (k->role == RQ_EQUALIZE_CONSUMER &&
            !rq_op_is_matrix_product(h->bound->nodes[k->node].op))
            return true;
    }
    return false;
}

static rq_status open_chooser(chooser *h, rq_arena *arena)
{
    h->weight_max = rq_arena_alloc(arena, h->site->n, sizeof *h->weight_max);
    h->weight_sum = rq_arena_alloc(arena, h->site->n, sizeof *h->weight_sum);
    h->log2 = rq_arena_alloc(arena, h->site->n, sizeof *h->log2);
    h->scale = rq_arena_alloc(arena, h->site->n, sizeof *h->scale);
    h->sort = rq_arena_alloc(arena, h->site->n, sizeof *h->sort);
    if (!h->weight_max || !h->weight_sum || !h->log2 || !h->scale || !h->sort) return RQ_ENOMEM;
    h->unit = reads_convolutions(h) ? 1.0 : 1.0 / RQ_EQUALIZE_OCTAVE;
    for (size_t c = 0; c < h->site->n; c++) h->scale[c] = 1.0;
    for (size_t i = 0; i < h->site->n_constants; i++)
        if (h->site->constants[i].role == RQ_EQUALIZE_CONSUMER)
            read_weights(h, &h->site->constants[i]);
    return RQ_OK;
}

static void choose_strength(rq_channel_equalization *out, chooser *h, float *shift)
{
    for (size_t i = 0; i < sizeof strengths / sizeof *strengths; i++) {
        set_scales(h, strengths[i]);
        double noise = expected_noise(h);
        if (!(noise < out->after)) continue;
        out->after = noise;
        out->strength = strengths[i];
        out->shift = shift;
        for (size_t c = 0; c < h->site->n; c++) out->log2[c] = h->log2[c];
    }
}

/* The ranges of the value when its channels are shifted to the middles of their ranges. */
static rq_status centre(rq_channel_ranges *out, float *shift, const rq_channel_ranges *from,
                        size_t n, rq_arena *arena)
{
    out->low = rq_arena_alloc(arena, n, sizeof *out->low);
    out->high = rq_arena_alloc(arena, n, sizeof *out->high);
    out->mean = rq_arena_alloc(arena, n, sizeof *out->mean);
    out->mean_square = rq_arena_alloc(arena, n, sizeof *out->mean_square);
    if (!out->low || !out->high || !out->mean || !out->mean_square) return RQ_ENOMEM;
    for (size_t c = 0; c < n; c++) {
        shift[c] = (from->low[c] + from->high[c]) / 2;
        out->low[c] = from->low[c] - shift[c];
        out->high[c] = from->high[c] - shift[c];
        out->mean[c] = from->mean[c] - (double)shift[c];
        out->mean_square[c] =
            from->mean_square[c] - (2 * from->mean[c] - (double)shift[c]) * shift[c];
    }
    return RQ_OK;
}

static rq_status choose_shifted(rq_channel_equalization *out, chooser *h, rq_arena *arena)
{
    rq_channel_ranges centred;
    float *shift = rq_arena_alloc(arena, h->site->n, sizeof *shift);
    if (!shift) return RQ_ENOMEM;
    RQ_TRY(centre(&centred, shift, h->ranges, h->site->n, arena));
    h->ranges = &centred;
    choose_strength(out, h, shift);
    return RQ_OK;
}

static rq_status read_ranges(rq_channel_ranges *out, const rq_stats_value *stats, rq_arena *arena)
{
    size_t n = stats->n_channels;
    *out = (rq_channel_ranges){.low = rq_arena_alloc(arena, n, sizeof *out->low),
                               .high = rq_arena_alloc(arena, n, sizeof *out->high),
                               .mean = stats->channel_mean,
                               .mean_square = stats->channel_mean_square};
    if (!out->low || !out->high) return RQ_ENOMEM;
    for (size_t c = 0; c < n; c++) {
        out->low[c] = fminf(stats->channel_min[c], 0);
        out->high[c] = fmaxf(stats->channel_max[c], 0);
    }
    return RQ_OK;
}

rq_status rq_equalize_choose(rq_channel_equalization *out, bool *has_gain,
                             const rq_equalize_site *site, const rq_stats_value *stats,
                             const rq_bound *bound, rq_arena *arena)
{
    rq_channel_ranges ranges;
    chooser h = {.site = site, .ranges = &ranges, .bound = bound};
    *has_gain = false;
    if (!stats || stats->axis != site->axis || stats->n_channels != site->n) return RQ_OK;
    RQ_TRY(read_ranges(&ranges, stats, arena));
    RQ_TRY(open_chooser(&h, arena));
    *out = (rq_channel_equalization){.site = *site,
                                     .before = expected_noise(&h),
                                     .after = INFINITY,
                                     .signal = expected_signal(&h)};
    out->log2 = rq_arena_alloc(arena, site->n, sizeof *out->log2);
    if (!out->log2) return RQ_ENOMEM;
    choose_strength(out, &h, NULL);
    if (site->can_shift) RQ_TRY(choose_shifted(out, &h, arena));
    *has_gain = out->after <= MAX_NOISE_LEFT * out->before;
    return RQ_OK;
}
