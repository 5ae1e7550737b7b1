#include "reports/metrics/metric.h"

static rq_status score(rq_records *record, const rq_metric_input *input)
{
    rq_noise_sums sums = {0};
    rq_noise_add(&sums, input->reference->data, input->got->data,
                 rq_shape_count(&input->got->shape));
    return rq_records_push(record, rq_cosine(&sums));
}

const rq_metric rq_metric_cosine = {
    .name = "cosine",
    .unit = "",
    .help = "Cosine of the angle between the outputs before and after, mean over images: 1 is the "
            "same direction.",
    .needs = RQ_NEEDS_REFERENCE,
    .per_output = true,
    .higher_is_better = true,
    .score = score,
    .reduce = rq_reduce_mean,
};
