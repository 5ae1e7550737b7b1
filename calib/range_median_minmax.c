/* Median over the images of each image's minimum and maximum. */
#include "calib/per_image.h"
#include "calib/range.h"
#include "engine/base/numbers.h"

#include <stdlib.h>

static rq_status median_of(float *out, const float *x, size_t n)
{
    double *values;
    size_t count;
    RQ_TRY(rq_finite_values(&values, &count, x, n));
    *out = count ? (float)rq_median(values, count) : 0.0f;
    free(values);
    return RQ_OK;
}

static rq_status estimate(float *low, float *high, const rq_stats_value *value,
                          const rq_range_target *target)
{
    (void)target;
    RQ_TRY(median_of(low, value->image_min, value->n_images));
    return median_of(high, value->image_max, value->n_images);
}

const rq_range_method rq_range_median_minmax = {
    "median-minmax", "median over images of each image's extremes", estimate};
