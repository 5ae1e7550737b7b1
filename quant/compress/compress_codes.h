/* Weights compressed to 8 or 4 bits, one scale for a group of inputs of an output channel:
 *   w ~ (code - zero_point) * scale
 *
 * The start is NNCF's (NNCF 3.4.0, nncf/quantization/algorithms/weight_compression/
 * weight_lowering.py), all in float32, round half to even, b bits:
 *   asymmetric  low = min(0, min w), high = max(0, max w), scale = (high - low) / (2^b - 1),
 *               zero point = clip(-round(low / scale), 0, 2^b - 1)
 *   symmetric   scale = -m / 2^(b-1), m the weight of largest size: the extreme is code -2^(b-1),
 *               and scales are negative where it is positive
 * Other than there, scales are rounded to what is stored (f16, or f32 where f16 has no such number)
 * before codes follow from them. The search then narrows the range and keeps what loses least:
 * sum of E[x_i^2] (w - v)^2.
 *
 * Codes and zero points are kept as -2^(b-1)..2^(b-1)-1; asymmetric ones are stored 2^(b-1) higher,
 * as u8 or u4. */
#ifndef RQ_QUANT_COMPRESS_COMPRESS_CODES_H
#define RQ_QUANT_COMPRESS_COMPRESS_CODES_H

#include "quant/compress/compress_scheme.h"
#include "quant/layers/weight_layout.h"

typedef struct rq_compress_options {
    rq_compress_scheme scheme;
    bool search;               /* else the start is taken */
    const double *mean_square; /* E[x^2] per input channel of the activation; NULL: all equal */
    unsigned threads;          /* workers; 0 is 1. Results do not depend on it */
    bool bare;                 /* codes are not kept: rq_compressed_source makes them again */
} rq_compress_options;

typedef struct rq_compressed {
    rq_compress_scheme scheme;
    size_t channels, groups; /* groups of a channel */
    int8_t *codes;           /* laid out as the weights; NULL: as follows from all the rest */
    float *scales;           /* channels * groups; nonzero */
    int8_t *zero_points;     /* the same; 0 where symmetric */
    bool half;               /* every scale is an f16, and no weight overflows one */
    double noise, signal;    /* weighted square sums of w - v, and of w */
} rq_compressed;

/* Results live in `arena`. RQ_EFORMAT: a weight is not finite. */
rq_status rq_compress(rq_compressed *out, rq_arena *arena, const float *weights,
                      const rq_weight_layout *layout, const rq_compress_options *options);

#endif
