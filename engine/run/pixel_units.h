/* Mean and scale as people give them who mean pixels of 0..1. */
#ifndef RQ_RUN_PIXEL_UNITS_H
#define RQ_RUN_PIXEL_UNITS_H

#include "engine/base/text.h"

/* What an option gives, for each channel. */
typedef struct rq_pixel_values {
    const char *option; /* "scale" */
    const double *v;
    size_t n; /* 0: it is not given */
} rq_pixel_values;

/* "the scale is below 1 in all channels, but pixels are 0..255: did you mean --scale 255?"; nothing
 * where neither is. */
void rq_pixel_units_ask(rq_buf *out, const rq_pixel_values *mean, const rq_pixel_values *scale);

#endif
