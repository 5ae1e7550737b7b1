#include "reports/metrics/metric.h"

#include "engine/base/numbers.h"

/* A model that predicts NaN agrees with nobody. */
static rq_status score(rq_records *record, const rq_metric_input *input)
{
    const rq_output *got = &input->got[0], *reference = &input->reference[0];
    size_t n = rq_shape_count(&got->shape), m = rq_shape_count(&reference->shape);
    bool nan = rq_classes_hold_nan(got->data, n) || rq_classes_hold_nan(reference->data, m);
    bool same = !nan && rq_argmax(got->data, n) == rq_argmax(reference->data, m);
    return rq_records_push(record, same);
}

const rq_metric rq_metric_agreement = {
    .name = "agreement",
    .unit = "%",
    .help = "Images whose most likely class is the same before and after; needs no labels.",
    .needs = RQ_NEEDS_CLASSES | RQ_NEEDS_REFERENCE,
    .proportion = true,
    .higher_is_better = true,
    .score = score,
    .reduce = rq_reduce_percent,
};
