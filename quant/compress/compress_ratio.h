/* Which weights get 4 bits when only a part of them may. */
#ifndef RQ_QUANT_COMPRESS_COMPRESS_RATIO_H
#define RQ_QUANT_COMPRESS_COMPRESS_RATIO_H

#include "quant/compress/compress_codes.h"

typedef struct rq_compress_choice {
    size_t index;              /* the caller's */
    rq_compressed four, eight; /* the same weights both ways */
    bool take_four;            /* the result */
} rq_compress_choice;

/* Takes those whose 4 bits add least to the error of their layer's output, relative to it, per byte
 * that they save, while their share of all weights stays within `ratio` (0..1). */
void rq_compress_choose(rq_compress_choice *choices, size_t n, double ratio);

/* What the weights take: codes, scales and zero points. */
double rq_compressed_bytes(const rq_compressed *codes);

#endif
