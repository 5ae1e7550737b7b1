/* Mean over the images of each image's minimum and maximum: NNCF's default for activations. */
#include "calib/exact_sum.h"
#include "calib/range.h"

#include <math.h>

static double mean_finite(const float *x, size_t n)
{
    rq_exact_sum sum = RQ_EXACT_SUM_ZERO;
    double count = 0.0;
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(x[i])) continue;
        rq_exact_sum_add(&sum, x[i]);
        count += 1.0;
    }
    return count > 0.0 ? rq_exact_sum_value(&sum) / count : 0.0;
}

static rq_status estimate(float *low, float *high, const rq_stats_value *value,
                          const rq_range_target *target)
{
    (void)target;
    *low = (float)mean_finite(value->image_min, value->n_images);
    *high = (float)mean_finite(value->image_max, value->n_images);
    return RQ_OK;
}

const rq_range_method rq_range_mean_minmax = {
    "mean-minmax", "mean over images of each image's extremes (NNCF)", estimate};
