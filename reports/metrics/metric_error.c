/* Numbers: mean absolute and root mean square error. */
#include "reports/metrics/metric.h"

#include <math.h>

static rq_status score(rq_records *record, const rq_metric_input *input)
{
    const rq_prediction *a = input->prediction, *b = input->truth;
    double absolute = 0, square = 0;
    if (a->n_values != b->n_values)
        return rq_fail(RQ_EARG, "the model gives %zu values, the data set has %zu", a->n_values,
                       b->n_values);
    for (size_t i = 0; i < a->n_values; i++) {
        double difference = (double)a->values[i] - (double)b->values[i];
        absolute += fabs(difference);
        square += difference * difference;
    }
    RQ_TRY(rq_records_push(record, absolute));
    RQ_TRY(rq_records_push(record, square));
    return rq_records_push(record, (double)a->n_values);
}

static void reduce(double *out, const rq_records *records, const size_t *picks, size_t n)
{
    double sums[3] = {0};
    for (size_t i = 0; i < n; i++)
        for (int k = 0; k < 3; k++) sums[k] += rq_records_at(records, picks[i])[k];
    out[0] = sums[2] > 0 ? sums[0] / sums[2] : (double)NAN;
    out[1] = sums[2] > 0 ? sqrt(sums[1] / sums[2]) : (double)NAN;
}

static const rq_figure figures[] = {
    {"MAE", "", "Mean absolute difference from the true values."},
    {"RMSE", "", "Square root of the mean squared difference from the true values."},
};

const rq_metric rq_metric_error = {
    .name = "MAE",
    .needs = RQ_NEEDS_LABELS,
    .predictions = RQ_PREDICTION_VALUES,
    .score = score,
    .figures = figures,
    .n_figures = 2,
    .reduce_figures = reduce,
};
