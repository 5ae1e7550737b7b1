#include "reports/metrics/metric.h"

#include "engine/base/numbers.h"

static rq_status score(rq_records *record, const rq_metric_input *input)
{
    rq_noise_sums sums = {0};
    rq_noise_add(&sums, input->reference->data, input->got->data,
                 rq_shape_count(&input->got->shape));
    RQ_TRY(rq_records_push(record, sums.signal));
    return rq_records_push(record, sums.noise);
}

/* Over the whole set: sums first, one ratio then. */
static double reduce(const rq_records *records, const size_t *picks, size_t n)
{
    double signal = 0, noise = 0;
    for (size_t i = 0; i < n; i++) {
        const double *sums = rq_records_at(records, picks[i]);
        signal += sums[0];
        noise += sums[1];
    }
    return rq_sqnr_db(signal, noise);
}

const rq_metric rq_metric_sqnr = {
    .name = "SQNR",
    .unit = "dB",
    .help = "Power of the output over power of its change, 10 log10(sum ref^2 / sum (ref - x)^2): "
            "20 dB is an error of 10 %, every 6 dB halve it.",
    .needs = RQ_NEEDS_REFERENCE,
    .per_output = true,
    .higher_is_better = true,
    .score = score,
    .reduce = reduce,
};
