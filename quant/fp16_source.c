#include "quant/fp16_source.h"

#include "engine/base/dtype.h"

#include <string.h>

#define AT_ONCE 16384 /* numbers: they stay in the cache */

typedef struct half {
    const rq_node *from;
    float *scales; /* NULL: none */
    size_t n;      /* of them; number e has scale e / inner % n */
    size_t inner;
} half;

static void divide(float *x, const half *h, size_t first, size_t n)
{
    for (size_t k = 0; k < n; k++) x[k] /= h->scales[(first + k) / h->inner % h->n];
}

static rq_status read_some(uint16_t *out, const half *h, size_t first, size_t n)
{
    float x[AT_ONCE];
    RQ_TRY(rq_const_read(x, h->from, first * sizeof *x, n * sizeof *x));
    if (h->scales) divide(x, h, first, n);
    return rq_convert(out, RQ_DT_F16, x, RQ_DT_F32, n);
}

static rq_status read_half(void *out, const void *ctx, size_t offset, size_t n)
{
    const half *h = ctx;
    uint16_t *to = out;
    size_t first = offset / sizeof *to, count = n / sizeof *to;
    for (size_t at = 0; at < count; at += AT_ONCE)
        RQ_TRY(
            read_some(to + at, h, first + at, count - at < AT_ONCE ? count - at : (size_t)AT_ONCE));
    rq_const_release(h->from, first * sizeof(float), count * sizeof(float));
    return RQ_OK;
}

rq_status rq_fp16_source(rq_source *out, const rq_node *constant, const rq_shape *shape,
                         const rq_fp16_scales *scales, rq_arena *arena)
{
    half *h = rq_arena_alloc(arena, 1, sizeof *h);
    if (!h) return RQ_ENOMEM;
    *h = (half){.from = constant, .n = 1, .inner = rq_shape_count(shape)};
    if (scales) {
        h->scales = rq_arena_alloc(arena, scales->n, sizeof *h->scales);
        if (!h->scales) return RQ_ENOMEM;
        memcpy(h->scales, scales->scales, scales->n * sizeof *h->scales);
        h->n = scales->n;
    }
    if (scales && scales->axis >= 0) h->inner = rq_shape_span(shape, scales->axis + 1, shape->rank);
    *out = (rq_source){read_half, h};
    return RQ_OK;
}
