/* Entropy calibration: the clipping threshold whose quantized distribution is nearest, by
 * Kullback-Leibler divergence, to that of the magnitudes. Source: Migacz 2017, "8-bit Inference
 * with TensorRT", with 2048 bins. */
#include "calib/range.h"

#include "engine/base/mem.h"

#include <math.h>
#include <stdlib.h>

#define BINS 2048
#define STEP 16

/* Spreads the log-spaced buckets over equal bins of magnitude up to `most`. */
static void fill_linear(double *linear, const rq_bin *bins, size_t n, double most)
{
    for (size_t i = 0; i < n; i++) {
        double a = fabs(bins[i].low) / most * BINS, b = fabs(bins[i].high) / most * BINS;
        double from = fmin(a, b), to = fmin(fmax(a, b), BINS);
        int first = (int)fmin(from, BINS - 1), last = (int)fmin(ceil(to), BINS);
        if (last <= first + 1 || to <= from) {
            linear[first] += (double)bins[i].count;
            continue;
        }
        for (int k = first; k < last; k++) {
            double share = (fmin(k + 1, to) - fmax(k, from)) / (to - from);
            linear[k] += share * (double)bins[i].count;
        }
    }
}

/* Divergence of the first `kept` bins, outliers put into the last one, from the same quantized to
 * `levels` levels. */
static double divergence(const double *linear, int kept, int levels, double outliers, double total)
{
    double sum = 0.0;
    for (int level = 0; level < levels; level++) {
        int from = (int)((int64_t)kept * level / levels),
            to = (int)((int64_t)kept * (level + 1) / levels);
        double mass = 0.0, nonzero = 0.0;
        for (int k = from; k < to; k++) {
            mass += linear[k];
            nonzero += linear[k] > 0.0;
        }
        for (int k = from; k < to; k++) {
            double p = (linear[k] + (k == kept - 1 ? outliers : 0.0)) / total;
            double q = linear[k] > 0.0 ? mass / nonzero / (total - outliers) : 1e-12;
            if (p > 0.0) sum += p * log(p / q);
        }
    }
    return sum;
}

static double best_threshold(const double *linear, int levels)
{
    double total = 0.0, inside = 0.0, best = INFINITY;
    int best_kept = BINS;
    for (int k = 0; k < BINS; k++) total += linear[k];
    for (int k = 0; k < levels; k++) inside += linear[k];
    for (int kept = levels; kept <= BINS; kept += STEP) {
        double d =
            inside > 0.0 ? divergence(linear, kept, levels, total - inside, total) : INFINITY;
        if (d < best) {
            best = d;
            best_kept = kept;
        }
        for (int k = kept; k < kept + STEP && k < BINS; k++) inside += linear[k];
    }
    return (double)best_kept / BINS;
}

static rq_status estimate(float *low, float *high, const rq_stats_value *value,
                          const rq_range_target *target)
{
    double most = fmax(fabs((double)value->min), fabs((double)value->max)), *linear;
    rq_bin *bins;
    size_t n;
    *low = value->min;
    *high = value->max;
    if (most == 0.0) return RQ_OK;
    RQ_TRY(rq_histogram_bins(&bins, &n, value->histogram));
    rq_status status = rq_calloc(&linear, BINS, sizeof *linear, "a linear histogram");
    if (status == RQ_OK) {
        fill_linear(linear, bins, n, most);
        int levels = value->min < 0.0f ? target->levels / 2 : target->levels;
        float threshold = (float)(best_threshold(linear, levels) * most);
        *low = fmaxf(value->min, -threshold);
        *high = fminf(value->max, threshold);
        free(linear);
    }
    free(bins);
    return status;
}

const rq_range_method rq_range_kl = {"kl", "least entropy lost (TensorRT's calibration)", estimate};
