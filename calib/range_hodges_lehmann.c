/* Hodges-Lehmann estimate of the images' extremes: the median of all pairwise means (Hodges and
 * Lehmann, "Estimates of Location Based on Rank Tests", Ann. Math. Statist. 34(2), 1963), nearly as
 * efficient as the mean and robust to outliers. The pairs are not written out: with the extremes
 * sorted, counting those up to a limit takes one pass, and the median is found by bisection. */
#include "calib/per_image.h"
#include "calib/range.h"
#include "engine/base/numbers.h"

#include <stdlib.h>
#include <string.h>

/* Doubles in the order of integers, so that bisection ends at the very number. */
static int64_t key_of(double x)
{
    int64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits < 0 ? INT64_MIN - bits : bits;
}

static double of_key(int64_t key)
{
    int64_t bits = key < 0 ? INT64_MIN - key : key;
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* Pairs i <= k with x[i] + x[k] <= limit; x rises. */
static size_t pairs_up_to(const double *x, size_t n, double limit)
{
    size_t pairs = 0, end = n; /* x[k] with k < end go with x[i] */
    for (size_t i = 0; i < n; i++) {
        while (end > i && x[i] + x[end - 1] > limit) end--;
        if (end <= i) break;
        pairs += end - i;
    }
    return pairs;
}

/* The sum with `rank` sums before it, rank from 0. */
static double sum_of_rank(const double *x, size_t n, size_t rank)
{
    int64_t low = key_of(2.0 * x[0]), high = key_of(2.0 * x[n - 1]);
    while (low < high) {
        int64_t middle = (low & high) + ((low ^ high) >> 1); /* cannot overflow */
        if (pairs_up_to(x, n, of_key(middle)) > rank)
            high = middle;
        else
            low = middle + 1;
    }
    return of_key(low);
}

static rq_status hodges_lehmann(float *out, const float *x, size_t n)
{
    double *values;
    size_t count;
    RQ_TRY(rq_finite_values(&values, &count, x, n));
    rq_sort_f64(values, count);
    size_t pairs = count * (count + 1) / 2;
    *out = 0.0f;
    if (count)
        *out = (float)(0.25 * (sum_of_rank(values, count, (pairs - 1) / 2) +
                               sum_of_rank(values, count, pairs / 2)));
    free(values);
    return RQ_OK;
}

static rq_status estimate(float *low, float *high, const rq_stats_value *value,
                          const rq_range_target *target)
{
    (void)target;
    RQ_TRY(hodges_lehmann(low, value->image_min, value->n_images));
    return hodges_lehmann(high, value->image_max, value->n_images);
}

const rq_range_method rq_range_hodges_lehmann = {
    "hodges-lehmann", "median of the pairwise means of the images' extremes", estimate};
