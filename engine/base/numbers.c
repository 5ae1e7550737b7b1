#include "engine/base/numbers.h"

#include <math.h>
#include <stdlib.h>

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

void rq_sort_f64(double *x, size_t n)
{
    if (n) qsort(x, n, sizeof *x, ascending);
}

double rq_median(double *x, size_t n)
{
    if (n == 0) return NAN;
    rq_sort_f64(x, n);
    return n % 2 ? x[n / 2] : (x[n / 2 - 1] + x[n / 2]) / 2;
}

double rq_quantile(const double *sorted, size_t n, double p)
{
    if (n == 0) return NAN;
    double at = p * (double)(n - 1);
    size_t below = (size_t)at;
    double low = sorted[below], high = sorted[below + 1 < n ? below + 1 : below];
    if (low == high || !isfinite(low) || !isfinite(high))
        return at - (double)below < 0.5 ? low : high;
    return low + (at - (double)below) * (high - low);
}

int64_t rq_argmax(const float *x, size_t n)
{
    int64_t best = -1;
    for (size_t i = 0; i < n; i++)
        if (!isnan(x[i]) && (best < 0 || x[i] > x[best])) best = (int64_t)i;
    return best;
}

bool rq_fits_f32(double x)
{
    return isfinite((float)x);
}

bool rq_divides_f32(double x)
{
    return rq_fits_f32(x) && (float)x != 0 && rq_fits_f32(1 / x);
}

double rq_decibels(double ratio)
{
    return 10 * log10(ratio);
}

double rq_sqnr_db(double signal, double noise)
{
    if (isnan(signal)) return NAN;
    if (noise == 0) return INFINITY;
    if (signal == 0 || !(noise < INFINITY)) return -INFINITY;
    return rq_decibels(signal / noise);
}
