/* Codes, zero point and scale of the inputs of one block of one output channel, fitted beside all
 * others that stay as they are. */
#ifndef RQ_QUANT_COMPRESS_COMPRESS_BLOCK_H
#define RQ_QUANT_COMPRESS_COMPRESS_BLOCK_H

#include "quant/compress/compress_scheme.h"

#include <stdint.h>

#define RQ_COMPRESS_BLOCK_MAX 128 /* inputs */

typedef struct rq_compress_block {
    const rq_compress_scheme *scheme;
    size_t n;             /* inputs: at most RQ_COMPRESS_BLOCK_MAX */
    const float *hessian; /* second moments of the block's inputs: rows `stride` apart */
    size_t stride;
    const float *row_sums; /* of the block's rows and columns of it, n */
    bool whole;            /* the block is one group: its scale and zero point may change */
    bool half;             /* scales are f16 */
} rq_compress_block;

/* codes[n], residual[n]: w - v, gradient[n]: the rows of H (w - v), with all inputs' share. */
void rq_compress_block_fit(int8_t *codes, float *scale, int8_t *zero_point, float *residual,
                           float *gradient, const rq_compress_block *block);

#endif
