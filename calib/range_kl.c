/* Entropy calibration: the clipping threshold whose quantized distribution is nearest, by
 * Kullback-Leibler divergence, to that of the magnitudes. Source: Migacz, "8-bit Inference with
 * TensorRT", GTC 2017: 2048 linear bins, every threshold from `levels` bins up. Zeros are always
 * exact, so that the lowest bin says nothing about the scale: it gets its neighbour's count (as
 * NVIDIA's pytorch-quantization does). */
#include "calib/range.h"

#include "engine/base/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BINS 2048
#define STEP 16
#define NOTHING 1e-4 /* count that stands for none, where a logarithm needs one (as MXNet's) */

typedef struct linear {
    double count[BINS];
    double below[BINS + 1];   /* counts of bins before i */
    double entropy[BINS + 1]; /* sum of c log c of bins before i */
    int filled[BINS + 1];     /* bins before i that are not empty */
} linear;

static double x_log_x(double x)
{
    return x > 0.0 ? x * log(x) : 0.0;
}

/* Spreads one log-spaced bucket over the linear bins it covers. */
static void spread(linear *l, const rq_bin *bin, double per_bin)
{
    double a = fabs(bin->low) * per_bin, b = fabs(bin->high) * per_bin;
    double from = fmin(fmin(a, b), BINS), to = fmin(fmax(a, b), BINS);
    int first = (int)fmin(from, BINS - 1), last = (int)fmin(to, BINS - 1);
    if (first == last) {
        l->count[first] += (double)bin->count;
        return;
    }
    double density = (double)bin->count / (to - from);
    l->count[first] += density * (first + 1 - from);
    for (int k = first + 1; k < last; k++) l->count[k] += density;
    l->count[last] += density * (to - last);
}

static void fill(linear *l, const rq_bin *bins, size_t n, double most)
{
    for (size_t i = 0; i < n; i++) spread(l, &bins[i], BINS / most);
    l->count[0] = l->count[1];
    for (int k = 0; k < BINS; k++) {
        l->below[k + 1] = l->below[k] + l->count[k];
        l->entropy[k + 1] = l->entropy[k] + x_log_x(l->count[k]);
        l->filled[k + 1] = l->filled[k] + (l->count[k] > 0.0);
    }
}

/* Divergence of P, the first `kept` bins with all beyond put into the last of them, from Q, the
 * kept bins alone averaged over `levels` levels (over the bins of a level that P fills). sum p
 * log(p / q) = sum p log p - sum over levels of P(level) log q(level). */
static double divergence(const linear *l, int kept, int levels)
{
    double total = l->below[BINS], inside = l->below[kept], outliers = total - inside;
    double last = l->count[kept - 1], cross = 0.0;
    if (inside <= 0.0) return INFINITY;
    for (int level = 0, from = 0, to; level < levels; level++, from = to) {
        to = kept * (level + 1) / levels;
        double mass = l->below[to] - l->below[from], p = mass;
        int filled = l->filled[to] - l->filled[from];
        if (to == kept && outliers > 0.0) {
            p += outliers;
            filled += last <= 0.0;
        }
        if (p > 0.0) cross += p * log(fmax(mass, NOTHING) / filled);
    }
    double entropy = l->entropy[kept] - x_log_x(last) + x_log_x(last + outliers);
    return (entropy - cross) / total - log(total / inside);
}

static double best_share(const linear *l, int levels)
{
    double best = INFINITY;
    int best_kept = BINS;
    for (int kept = levels; kept <= BINS; kept += STEP) {
        double d = divergence(l, kept, levels);
        if (d < best) {
            best = d;
            best_kept = kept;
        }
    }
    return (double)best_kept / BINS;
}

static rq_status estimate(float *low, float *high, const rq_stats_value *value,
                          const rq_range_target *target)
{
    double most = fmax(fabs((double)value->min), fabs((double)value->max));
    linear *l;
    rq_bin *bins;
    size_t n;
    *low = value->min;
    *high = value->max;
    if (most == 0.0) return RQ_OK;
    RQ_TRY(rq_histogram_bins(&bins, &n, value->histogram));
    rq_status status = rq_calloc(&l, 1, sizeof *l, "a linear histogram");
    if (status == RQ_OK) {
        fill(l, bins, n, most);
        int levels = value->min < 0.0f ? target->levels / 2 : target->levels;
        float threshold = (float)(best_share(l, levels) * most);
        *low = fmaxf(value->min, -threshold);
        *high = fminf(value->max, threshold);
        free(l);
    }
    free(bins);
    return status;
}

const rq_range_method rq_range_kl = {
    "kl", "minimum Kullback-Leibler divergence (TensorRT's entropy calibration)", estimate};
