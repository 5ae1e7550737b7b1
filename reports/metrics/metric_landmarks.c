#include "reports/metrics/metric.h"

#include <math.h>

/* Over the coordinates as they lie, of points in two dimensions or in three: their extent stands
 * for the side of the box around them. */
static rq_status score(rq_records *record, const rq_metric_input *input)
{
    const float *before = input->reference->data, *after = input->got->data;
    size_t n = rq_shape_count(&input->got->shape);
    double sum = 0.0, low = INFINITY, high = -INFINITY;
    for (size_t i = 0; i < n; i++) {
        sum += fabs((double)after[i] - (double)before[i]);
        low = fmin(low, (double)before[i]);
        high = fmax(high, (double)before[i]);
    }
    double extent = high - low;
    return rq_records_push(record, extent > 0.0 ? 100 * sum / (double)n / extent : (double)NAN);
}

/* Images whose points are all in one place tell nothing. */
static double reduce(const rq_records *records, const size_t *picks, size_t n)
{
    double sum = 0.0, count = 0.0;
    for (size_t i = 0; i < n; i++) {
        double x = rq_records_at(records, picks[i])[0];
        if (isnan(x)) continue;
        sum += x;
        count++;
    }
    return count > 0.0 ? sum / count : (double)NAN;
}

const rq_metric rq_metric_landmarks = {
    .name = "NME",
    .unit = "%",
    .help = "Normalized mean error of landmarks after against those before: mean difference of a "
            "coordinate over the extent of all coordinates, mean over images; needs no labels.",
    .needs = RQ_NEEDS_REFERENCE,
    .of_kind = RQ_OUTPUT_LANDMARKS,
    .per_output = true,
    .higher_is_better = false,
    .score = score,
    .reduce = reduce,
};
