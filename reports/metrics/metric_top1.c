#include "reports/metrics/metric.h"

static rq_status score(rq_records *record, const rq_metric_input *input)
{
    const rq_output *out = &input->got[0];
    return rq_records_push(record,
                           rq_class_rank(out->data, rq_shape_count(&out->shape), input->label) < 1);
}

const rq_metric rq_metric_top1 = {
    .name = "top-1",
    .unit = "%",
    .help = "Images whose most likely class is the label.",
    .needs = RQ_NEEDS_CLASSES | RQ_NEEDS_LABELS,
    .proportion = true,
    .higher_is_better = true,
    .score = score,
    .reduce = rq_reduce_percent,
};
