/* What a range loses of a group of weights, and where the group ends. */
#ifndef RQ_QUANT_COMPRESS_COMPRESS_ERROR_H
#define RQ_QUANT_COMPRESS_COMPRESS_ERROR_H

#include "quant/compress/compress_scheme.h"

typedef struct rq_compress_group {
    const float *w, *importance; /* n each, contiguous */
    size_t n;
} rq_compress_group;

typedef struct rq_compress_range {
    float scale; /* as stored */
    int zero_point;
} rq_compress_range;

/* Sum of importance * (w - v)^2, the same on every CPU. What is not below `limit` may be less than
 * the whole sum, but is not below it either. */
double rq_compress_error(const rq_compress_scheme *scheme, const rq_compress_group *in,
                         const rq_compress_range *range, double limit);

/* The code of a weight less the zero point, as the search tries it: multiplied, not divided. */
float rq_compress_tried_code(float w, float inverse, float zero, float low, float high);

/* The least and the largest weight. */
void rq_compress_ends(float *low, float *high, const rq_compress_group *in);

#endif
