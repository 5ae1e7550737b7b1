/* Outputs that are one score per class. */
#include "reports/metrics/metric.h"

#include "engine/base/numbers.h"

#include <math.h>

size_t rq_class_rank(const float *x, size_t n, int64_t label)
{
    size_t rank = 0;
    if (label < 0 || (uint64_t)label >= n || isnan(x[label])) return n;
    for (size_t i = 0; i < n; i++)
        rank += x[i] > x[label] || (x[i] == x[label] && i < (size_t)label);
    return rank;
}

static bool are_probabilities(const float *x, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        if (!(x[i] >= 0 && x[i] <= 1)) return false;
        sum += (double)x[i];
    }
    return fabs(sum - 1) <= 0.01;
}

/* NaN spreads. */
static double exponential_sum(const float *x, size_t n, double top)
{
    double sum = 0;
    for (size_t k = 0; k < n; k++) sum += exp((double)x[k] - top);
    return sum;
}

double rq_class_probability(const float *x, size_t n, int64_t i)
{
    int64_t top = rq_argmax(x, n);
    if (i < 0 || (uint64_t)i >= n || top < 0) return NAN;
    if (are_probabilities(x, n)) return (double)x[i];
    return exp((double)x[i] - (double)x[top]) / exponential_sum(x, n, (double)x[top]);
}

void rq_class_probabilities(float *x, size_t n)
{
    int64_t best = rq_argmax(x, n);
    if (best < 0 || are_probabilities(x, n)) return;
    double top = (double)x[best], sum = exponential_sum(x, n, top);
    for (size_t i = 0; i < n; i++) x[i] = (float)(exp((double)x[i] - top) / sum);
}

bool rq_shape_is_classes(const rq_shape *shape)
{
    size_t wide = 0;
    if (shape->rank < 1 || !rq_shape_is_static(shape)) return false;
    for (int i = 0; i < shape->rank; i++) wide += shape->d[i] != 1;
    if (wide != 1 || rq_shape_count(shape) < 2) return false;
    if (shape->rank <= 2) return shape->d[shape->rank - 1] > 1;
    return shape->rank == 4 && shape->d[2] == 1 && (shape->d[1] > 1 || shape->d[3] > 1);
}
