/* How far the probabilities moved. Source: Kullback and Leibler 1951. */
#include "reports/metrics/metric.h"

#include "engine/base/numbers.h"

#include <math.h>

/* Probabilities of all classes, as rq_class_probability's. */
static double log_sum(const float *x, size_t n, bool *probabilities)
{
    int64_t top = rq_argmax(x, n);
    double sum = 0;
    if (top < 0) return NAN;
    *probabilities = rq_class_probability(x, n, top) == (double)x[top];
    if (*probabilities) return 0;
    for (size_t i = 0; i < n; i++) sum += exp((double)x[i] - (double)x[top]);
    return (double)x[top] + log(sum);
}

static double log_probability(float x, double sum, bool probabilities)
{
    return probabilities ? log(fmax((double)x, 1e-30)) : (double)x - sum;
}

/* sum p log(p / q), p before, q after; NaN where either holds NaN. */
static rq_status score(rq_records *record, const rq_metric_input *input)
{
    const rq_output *after = &input->got[0], *before = &input->reference[0];
    size_t n = rq_shape_count(&after->shape);
    bool shares_p = false, shares_q = false;
    double sum_p = log_sum(before->data, n, &shares_p), sum_q = log_sum(after->data, n, &shares_q);
    double kl = 0;
    if (rq_classes_hold_nan(before->data, n) || rq_classes_hold_nan(after->data, n))
        return rq_records_push(record, NAN);
    for (size_t i = 0; i < n; i++) {
        double p = log_probability(before->data[i], sum_p, shares_p);
        double q = log_probability(after->data[i], sum_q, shares_q);
        if (exp(p) > 0) kl += exp(p) * (p - q);
    }
    return rq_records_push(record, isnan(kl) ? INFINITY : fmax(kl, 0));
}

const rq_metric rq_metric_kl = {
    .name = "KL",
    .unit = "nat",
    .help = "Kullback-Leibler divergence of the probabilities after from those before, mean over "
            "images; 0: the same; needs no labels.",
    .needs = RQ_NEEDS_CLASSES | RQ_NEEDS_REFERENCE,
    .score = score,
    .reduce = rq_reduce_mean,
};
