/* All outputs of a model as one number, in which each counts as much as another. */
#include "reports/metrics/metric.h"

#include "engine/base/numbers.h"

#include <math.h>

enum { SIGNAL, NOISE, WEIGHT, PER_OUTPUT };

static rq_status score(rq_records *record, const rq_metric_input *input)
{
    for (size_t o = 0; o < input->n; o++) {
        rq_noise_sums sums = {0};
        rq_noise_add(&sums, input->reference[o].data, input->got[o].data,
                     rq_shape_count(&input->got[o].shape));
        RQ_TRY(rq_records_push(record, sums.signal));
        RQ_TRY(rq_records_push(record, sums.noise));
        RQ_TRY(rq_records_push(record, input->weights[o]));
    }
    return RQ_OK;
}

/* Of each output over the whole set: sums first, one ratio then. One of zeros tells nothing; NaN in
 * one that counts makes the whole one NaN. */
static double reduce(const rq_records *records, const size_t *picks, size_t n)
{
    size_t outputs = n ? rq_records_size(records, picks[0]) / PER_OUTPUT : 0;
    rq_mean_db mean = {0};
    for (size_t o = 0; o < outputs; o++) {
        double signal = 0, noise = 0;
        for (size_t i = 0; i < n; i++) {
            const double *sums = rq_records_at(records, picks[i]) + o * PER_OUTPUT;
            signal += sums[SIGNAL];
            noise += sums[NOISE];
        }
        double weight = rq_records_at(records, picks[0])[o * PER_OUTPUT + WEIGHT];
        if (isnan(signal) && weight > 0) return NAN;
        rq_mean_db_add(&mean, signal > 0 ? rq_sqnr_db(signal, noise) : (double)NAN, weight);
    }
    return rq_mean_db_value(&mean);
}

const rq_metric rq_metric_mean_sqnr = {
    .name = "mean SQNR",
    .unit = "dB",
    .help = "SQNR of each output, mean over outputs in dB (of --output-weight), at most 100 dB of "
            "each: a small output counts as much as a large one.",
    .needs = RQ_NEEDS_REFERENCE | RQ_NEEDS_OUTPUTS,
    .higher_is_better = true,
    .score = score,
    .reduce = reduce,
};
