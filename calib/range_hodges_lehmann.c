/* Hodges-Lehmann estimate of the images' extremes: the median of all pairwise means (Hodges &
 * Lehmann 1963), nearly as efficient as the mean and robust to outliers. At most MAX_IMAGES images,
 * evenly spread, enter: pairs grow with their square. */
#include "calib/per_image.h"
#include "calib/range.h"

#include "engine/base/mem.h"

#include <stdlib.h>

#define MAX_IMAGES 256

static rq_status hodges_lehmann(float *out, const float *x, size_t n)
{
    double *values, *means;
    size_t count, pairs = 0;
    RQ_TRY(rq_finite_values(&values, &count, x, n));
    size_t step = (count + MAX_IMAGES - 1) / MAX_IMAGES, used = 0;
    for (size_t i = 0; step && i < count; i += step) values[used++] = values[i];
    rq_status status = rq_calloc(&means, used * (used + 1) / 2, sizeof *means, "pairwise means");
    if (status == RQ_OK) {
        for (size_t i = 0; i < used; i++)
            for (size_t k = i; k < used; k++) means[pairs++] = 0.5 * (values[i] + values[k]);
        *out = (float)rq_median(means, pairs);
        free(means);
    }
    free(values);
    return status;
}

static rq_status estimate(float *low, float *high, const rq_stats_value *value,
                          const rq_range_target *target)
{
    (void)target;
    RQ_TRY(hodges_lehmann(low, value->image_min, value->n_images));
    return hodges_lehmann(high, value->image_max, value->n_images);
}

const rq_range_method rq_range_hodges_lehmann = {
    "hodges-lehmann", "median of pairwise means of the images' extremes", estimate};
