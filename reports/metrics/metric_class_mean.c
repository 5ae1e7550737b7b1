/* Accuracy in which every class weighs the same. */
#include "reports/metrics/metric.h"

#include <math.h>
#include <stdlib.h>

static rq_status score(rq_records *record, const rq_metric_input *input)
{
    const rq_output *out = &input->got[0];
    size_t n = rq_shape_count(&out->shape);
    RQ_TRY(rq_records_push(record, (double)input->label));
    return rq_records_push(record, rq_class_rank(out->data, n, input->label) < 1);
}

static double class_of(const rq_records *records, size_t i)
{
    return *rq_records_at(records, i);
}

/* A class's images share its weight among them, so that a resample that lacks an image of a small
 * class lacks that part of the class, and not nothing. */
static double reduce(const rq_records *records, const size_t *picks, size_t n)
{
    double *weights, sum = 0, all = 0;
    if (rq_calloc(&weights, records->n, sizeof *weights, "weights of images") != RQ_OK) return NAN;
    for (size_t i = 0; i < records->n; i++) weights[i] = class_of(records, i);
    rq_status status = rq_class_weights(weights, weights, records->n);
    for (size_t i = 0; status == RQ_OK && i < n; i++) {
        sum += weights[picks[i]] * rq_records_at(records, picks[i])[1];
        all += weights[picks[i]];
    }
    free(weights);
    return all > 0 ? 100 * sum / all : (double)NAN;
}

const rq_metric rq_metric_class_mean = {
    .name = "per-class accuracy",
    .unit = "%",
    .help = "Mean per-class (balanced) accuracy: rare classes have the same weight as common ones.",
    .needs = RQ_NEEDS_CLASSES | RQ_NEEDS_LABELS,
    .higher_is_better = true,
    .class_weighted = true,
    .score = score,
    .reduce = reduce,
};
