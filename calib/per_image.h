/* The extremes of images, for estimators that take medians. */
#ifndef RQ_CALIB_PER_IMAGE_H
#define RQ_CALIB_PER_IMAGE_H

#include "engine/base/status.h"

#include <stddef.h>

/* The finite ones of x as doubles, malloc'd. */
rq_status rq_finite_values(double **out, size_t *n_out, const float *x, size_t n);

#endif
