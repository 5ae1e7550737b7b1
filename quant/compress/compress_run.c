#include "quant/compress/compress_run.h"

#include "engine/base/cpu.h"
#include "engine/base/round.h"

typedef struct run {
    int8_t *out;
    const float *w, *scales;
    const int8_t *zero_points;
    size_t n;
    int unsign; /* added to zero points */
    float low, high;
} run;

static inline __attribute__((always_inline)) void code(const run *r, size_t step)
{
    float low = r->low, high = r->high;
    for (size_t k = 0; k < r->n; k++) {
        float x = r->w[k] / r->scales[k * step] + (float)(r->zero_points[k * step] + r->unsign);
        x = x < low ? low : x > high ? high : x;
        r->out[k] = (int8_t)((int)rq_round_half_even_f32(x) - r->unsign);
    }
}

/* The usual steps apart: the compiler makes vectors of them. */
static inline __attribute__((always_inline)) void code_any(const run *r, size_t step)
{
    if (step == 0)
        code(r, 0);
    else if (step == 1)
        code(r, 1);
    else
        code(r, step);
}

RQ_FOR_AVX2 static void code_avx2(const run *r, size_t step)
{
    code_any(r, step);
}

void rq_compressed_run(int8_t *out, const rq_compress_scheme *scheme, const float *w, size_t n,
                       const float *scales, const int8_t *zero_points, size_t step)
{
    int half = 1 << (scheme->bits - 1), unsign = scheme->asymmetric ? half : 0;
    const run r = {.out = out,
                   .w = w,
                   .scales = scales,
                   .zero_points = zero_points,
                   .n = n,
                   .unsign = unsign,
                   .low = (float)(unsign - half),
                   .high = (float)(unsign + half - 1)};
    if (rq_cpu_has(RQ_ISA_AVX2))
        code_avx2(&r, step);
    else
        code_any(&r, step);
}
