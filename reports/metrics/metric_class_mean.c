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

static size_t count_classes(const rq_records *records, const size_t *picks, size_t n)
{
    double largest = 0;
    for (size_t i = 0; i < n; i++) largest = fmax(largest, *rq_records_at(records, picks[i]));
    return (size_t)largest + 1;
}

static double reduce(const rq_records *records, const size_t *picks, size_t n)
{
    double(*of)[2], sum = 0, present = 0;
    size_t classes = count_classes(records, picks, n);
    if (rq_calloc(&of, classes, sizeof *of, "classes") != RQ_OK) return NAN;
    for (size_t i = 0; i < n; i++) {
        const double *x = rq_records_at(records, picks[i]);
        of[(size_t)x[0]][0]++;
        of[(size_t)x[0]][1] += x[1];
    }
    for (size_t c = 0; c < classes; c++)
        if (of[c][0] > 0) sum += of[c][1] / of[c][0], present++;
    free(of);
    return present > 0 ? 100 * sum / present : (double)NAN;
}

const rq_metric rq_metric_class_mean = {
    .name = "per-class accuracy",
    .unit = "%",
    .help = "Mean per-class (balanced) accuracy: rare classes have the same weight as common ones.",
    .needs = RQ_NEEDS_CLASSES | RQ_NEEDS_LABELS,
    .higher_is_better = true,
    .score = score,
    .reduce = reduce,
};
