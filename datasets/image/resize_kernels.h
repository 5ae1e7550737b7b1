/* The inner loops of resizing: plain C, and AVX2 with the same bytes. */
#ifndef RQ_DATASETS_IMAGE_RESIZE_KERNELS_H
#define RQ_DATASETS_IMAGE_RESIZE_KERNELS_H

#include "datasets/image/resize.h"

#define RQ_RESIZE_BITS 22 /* fractional bits of a weight */
#define RQ_RESIZE_LOW_BITS 15

typedef struct rq_resize_kernels {
    /* One row: axis->n pixels into dst from the row at src. May read and write up to
     * RQ_IMAGE_SLACK bytes past the end of either. */
    void (*across)(uint8_t *dst, const uint8_t *src, const rq_resize_axis *axis, int channels);
    /* One row: n bytes of output row i into dst; src is row axis->first[i] of the input, rows
     * `stride` bytes apart. */
    void (*down)(uint8_t *dst, const uint8_t *src, size_t stride, const rq_resize_axis *axis,
                 size_t i, size_t n);
} rq_resize_kernels;

extern const rq_resize_kernels rq_resize_plain;
extern const rq_resize_kernels rq_resize_avx2; /* call only where the CPU has AVX2 */

/* The best for this CPU. */
const rq_resize_kernels *rq_resize_kernels_get(void);

/* rq_resize with the given kernels, for tests. */
rq_status rq_resize_with(const rq_resize_kernels *kernels, rq_image *out, const rq_image *in,
                         const rq_resize_job *job, rq_resize_scratch *scratch);

static inline uint8_t rq_resize_round(int32_t sum)
{
    int32_t x = (sum + (1 << (RQ_RESIZE_BITS - 1))) >> RQ_RESIZE_BITS;
    return (uint8_t)(x < 0 ? 0 : x > 255 ? 255 : x);
}

static inline int32_t rq_resize_weight(const rq_resize_axis *axis, size_t at)
{
    return axis->high[at] * (1 << RQ_RESIZE_LOW_BITS) + axis->low[at];
}

#endif
