#include "reports/metrics/metric.h"

static rq_status score(rq_records *record, const rq_metric_input *input)
{
    const rq_output *out = &input->got[0];
    return rq_records_push(record,
                           rq_class_rank(out->data, rq_shape_count(&out->shape), input->label) < 5);
}

const rq_metric rq_metric_top5 = {
    .name = "top-5",
    .unit = "%",
    .help = "Images whose label is among the five most likely classes.",
    .needs = RQ_NEEDS_CLASSES | RQ_NEEDS_LABELS,
    .min_classes = 6,
    .proportion = true,
    .higher_is_better = true,
    .score = score,
    .reduce = rq_reduce_percent,
};
