#include "calib/per_image.h"

#include "engine/base/mem.h"

#include <math.h>
#include <stdlib.h>

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double rq_median(double *x, size_t n)
{
    if (n == 0) return 0.0;
    qsort(x, n, sizeof *x, compare);
    return n % 2 ? x[n / 2] : 0.5 * (x[n / 2 - 1] + x[n / 2]);
}

rq_status rq_finite_values(double **out, size_t *n_out, const float *x, size_t n)
{
    RQ_TRY(rq_calloc(out, n, sizeof **out, "extremes of images"));
    *n_out = 0;
    for (size_t i = 0; i < n; i++)
        if (isfinite(x[i])) (*out)[(*n_out)++] = x[i];
    return RQ_OK;
}
