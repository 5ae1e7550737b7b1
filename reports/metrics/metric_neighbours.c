/* Embeddings are there to be compared: does each find the same nearest one among the others?
 *
 * A record holds the embedding before, then the one after, both of length 1. */
#include "reports/metrics/metric.h"

#include <math.h>

#define MAX_COMPARED 2000 /* images that are compared with each other */

static double length_of(const float *x, size_t n)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) sum += (double)x[i] * (double)x[i];
    return sqrt(sum);
}

static rq_status push_direction(rq_records *record, const rq_output *output)
{
    size_t n = rq_shape_count(&output->shape);
    double length = length_of(output->data, n);
    for (size_t i = 0; i < n; i++)
        RQ_TRY(rq_records_push(record, length > 0.0 ? (double)output->data[i] / length : 0.0));
    return RQ_OK;
}

static rq_status score(rq_records *record, const rq_metric_input *input)
{
    RQ_TRY(push_direction(record, input->reference));
    return push_direction(record, input->got);
}

/* Of one half of the records; n: it has none, as where values are NaN. */
static size_t nearest(const rq_records *records, size_t n, size_t image, bool after)
{
    size_t size = rq_records_size(records, image), half = size / 2, best = n;
    const double *x = rq_records_at(records, image) + (after ? half : 0);
    double highest = -INFINITY;
    for (size_t i = 0; i < n; i++) {
        if (i == image || rq_records_size(records, i) != size) continue;
        const double *y = rq_records_at(records, i) + (after ? half : 0);
        double cosine = 0.0;
        for (size_t k = 0; k < half; k++) cosine += x[k] * y[k];
        if (cosine > highest) {
            highest = cosine;
            best = i;
        }
    }
    return best;
}

static rq_status settle(rq_records *settled, const rq_records *all)
{
    size_t n = all->n < MAX_COMPARED ? all->n : MAX_COMPARED;
    for (size_t i = 0; i < n; i++) {
        size_t before = nearest(all, n, i, false), after = nearest(all, n, i, true);
        RQ_TRY(rq_records_push(settled, before == after && after < n));
        RQ_TRY(rq_records_end(settled));
    }
    return RQ_OK;
}

const rq_metric rq_metric_neighbours = {
    .name = "neighbours kept",
    .unit = "%",
    .help = "Images whose nearest other image, by the angle between embeddings, is the same before "
            "and after (among the first 2000); needs no labels.",
    .needs = RQ_NEEDS_REFERENCE,
    .of_kind = RQ_OUTPUT_EMBEDDING,
    .per_output = true,
    .proportion = true,
    .higher_is_better = true,
    .score = score,
    .settle = settle,
    .reduce = rq_reduce_percent,
};
