/* What the two halves of the kernel for AVX-512 VNNI share: columns of the input brought into order
 * (depthwise_columns.c), and their products (depthwise_vnni.c). */
#ifndef RQ_EXEC_ONEDNN_DEPTHWISE_STRETCH_H
#define RQ_EXEC_ONEDNN_DEPTHWISE_STRETCH_H

#include "engine/base/cpu.h"
#include "engine/exec/onednn/depthwise_private.h"

#include <immintrin.h>

#define RQ_DEPTHWISE_ROW_BYTES                                                                     \
    16384 /* for one row's columns, those of one phase of the stride together */
#define RQ_DEPTHWISE_INLINE RQ_FOR_AVX512_VNNI static inline __attribute__((always_inline))

/* A stretch of output columns. */
typedef struct rq_depthwise_stretch {
    const rq_depthwise_part *p;
    size_t group, image;
    size_t column;   /* first one of the output */
    size_t vectors;  /* of `positions` outputs each */
    size_t sets;     /* of interleaved columns that a row has */
    size_t further;  /* sets from one quad of the kernel to the next */
    size_t channels; /* of the group, at most as many as there are slots */
    bool whole;      /* they fill a vector */
} rq_depthwise_stretch;

/* Do quads of the kernel read the same sets, only further on? */
bool rq_depthwise_shares_sets(const rq_depthwise_part *p);

/* Columns of the input between the first and the last one that is read. */
size_t rq_depthwise_columns(const rq_depthwise_part *p, size_t vectors);

/* Row y of the input (padding where there is none) as the stretch's sets, [sets, 4,
 * RQ_DEPTHWISE_WIDTH] aligned to 64 bytes. */
void rq_depthwise_prepare_row(uint8_t *out, const rq_depthwise_stretch *s, const uint8_t *in,
                              size_t y);

RQ_DEPTHWISE_INLINE __mmask64 rq_depthwise_first_bytes(size_t n)
{
    return n < 64 ? ((__mmask64)1 << n) - 1 : ~(__mmask64)0;
}

#endif
