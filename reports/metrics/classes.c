/* Outputs that are one score per class. */
#include "reports/metrics/metric.h"

#include "engine/base/mem.h"
#include "engine/base/numbers.h"

#include <math.h>
#include <stdlib.h>

bool rq_classes_hold_nan(const float *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (isnan(x[i])) return true;
    return false;
}

size_t rq_class_rank(const float *x, size_t n, int64_t label)
{
    size_t rank = 0;
    if (label < 0 || (uint64_t)label >= n || rq_classes_hold_nan(x, n)) return n;
    for (size_t i = 0; i < n; i++)
        rank += x[i] > x[label] || (x[i] == x[label] && i < (size_t)label);
    return rank;
}

#define MAX_CLASSES (1 << 24) /* labels may come from a file */

static rq_status count_classes(size_t *out, const double *labels, size_t n)
{
    double largest = -1;
    for (size_t i = 0; i < n; i++) largest = fmax(largest, labels[i]);
    if (largest >= MAX_CLASSES) return rq_fail(RQ_EFORMAT, "%g is no index of a class", largest);
    *out = (size_t)(largest + 1);
    return RQ_OK;
}

rq_status rq_class_weights(double *weights, const double *labels, size_t n)
{
    size_t *images, classes = 0;
    RQ_TRY(count_classes(&classes, labels, n));
    RQ_TRY(rq_calloc(&images, classes, sizeof *images, "images of classes"));
    for (size_t i = 0; i < n; i++)
        if (labels[i] >= 0) images[(size_t)labels[i]]++;
    for (size_t i = 0; i < n; i++)
        weights[i] = labels[i] >= 0 ? 1.0 / (double)images[(size_t)labels[i]] : 0;
    free(images);
    return RQ_OK;
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
