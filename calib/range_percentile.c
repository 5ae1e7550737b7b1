/* Percentiles of the whole set: 0.01 % of the elements may lie outside on either side. */
#include "calib/range.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#define OUTLIERS 1e-4

/* The value below which `share` of the elements lie, linear inside a bucket. */
static double quantile(const rq_bin *bins, size_t n, double share)
{
    double total = 0.0, below = 0.0;
    for (size_t i = 0; i < n; i++) total += (double)bins[i].count;
    for (size_t i = 0; i < n; i++) {
        double count = (double)bins[i].count;
        if (below + count >= share * total)
            return bins[i].low + (bins[i].high - bins[i].low) * (share * total - below) / count;
        below += count;
    }
    return n ? bins[n - 1].high : 0.0;
}

/* The bucket of zeros reaches up to 1e-40: a place in it means 0. */
static float normal(double x)
{
    return fabs(x) < FLT_MIN ? 0.0f : (float)x;
}

static rq_status estimate(float *low, float *high, const rq_stats_value *value,
                          const rq_range_target *target)
{
    (void)target;
    rq_bin *bins;
    size_t n;
    RQ_TRY(rq_histogram_bins(&bins, &n, value->histogram));
    /* A bucket is wider than its content may be. */
    *low = fmaxf(normal(quantile(bins, n, OUTLIERS)), value->min);
    *high = fminf(normal(quantile(bins, n, 1.0 - OUTLIERS)), value->max);
    if (*low > *high) *low = *high;
    free(bins);
    return RQ_OK;
}

const rq_range_method rq_range_percentile = {
    "percentile", "all but 0.01 % of the values on either side", estimate};
