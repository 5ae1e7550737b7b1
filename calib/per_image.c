#include "calib/per_image.h"

#include "engine/base/mem.h"

#include <math.h>

rq_status rq_finite_values(double **out, size_t *n_out, const float *x, size_t n)
{
    RQ_TRY(rq_calloc(out, n, sizeof **out, "extremes of images"));
    *n_out = 0;
    for (size_t i = 0; i < n; i++)
        if (isfinite(x[i])) (*out)[(*n_out)++] = x[i];
    return RQ_OK;
}
