/* How compressed weights are coded: bits, zero points, groups; and one code of one weight. */
#ifndef RQ_QUANT_COMPRESS_COMPRESS_SCHEME_H
#define RQ_QUANT_COMPRESS_COMPRESS_SCHEME_H

#include <stdbool.h>
#include <stddef.h>

#define RQ_COMPRESS_MIN_SCALE 1.1920929e-7f /* NNCF's: float32's epsilon */

typedef struct rq_compress_scheme {
    int bits; /* 8 or 4 */
    bool asymmetric;
    size_t group_size; /* weights of a channel that share a scale: divides inputs * taps */
} rq_compress_scheme;

/* A scale as it will be stored: not 0. */
float rq_compressed_scale(float scale, bool half);
/* (w / scale + zero_point) to the nearest code. */
int rq_compressed_code(const rq_compress_scheme *scheme, float w, float scale, int zero_point);

#endif
