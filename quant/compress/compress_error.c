#include "quant/compress/compress_error.h"

#include "engine/base/cpu.h"
#include "engine/base/round.h"

#define INLINE static inline __attribute__((always_inline))
#define LANES 8
#define AT_ONCE 256 /* weights between looks at the limit */

typedef struct trial {
    float scale, inverse, zero, low, high;
} trial;

INLINE float tried_code(float w, float inverse, float zero, float low, float high)
{
    float x = w * inverse + zero;
    x = x < low ? low : x;
    x = x > high ? high : x;
    return rq_round_half_even_f32(x) - zero;
}

float rq_compress_tried_code(float w, float inverse, float zero, float low, float high)
{
    return tried_code(w, inverse, zero, low, high);
}

INLINE float square_error(const trial *t, float w, float importance)
{
    float e = w - t->scale * tried_code(w, t->inverse, t->zero, t->low, t->high);
    return importance * e * e;
}

static double total(const float sums[LANES])
{
    double sum = 0.0;
    for (size_t l = 0; l < LANES; l++) sum += sums[l];
    return sum;
}

/* Lanes are summed in a fixed order; none gets smaller, so neither does their total. */
INLINE double error_of(const rq_compress_group *in, const trial *range, double limit)
{
    const trial t = *range;
    float sums[LANES] = {0.0f};
    size_t k = 0, whole = in->n / LANES * LANES;
    while (k < whole) {
        size_t end = whole - k < AT_ONCE ? whole : k + AT_ONCE;
        for (; k < end; k += LANES)
            for (size_t l = 0; l < LANES; l++)
                sums[l] += square_error(&t, in->w[k + l], in->importance[k + l]);
        if (!(total(sums) < limit)) return total(sums);
    }
    for (; k < in->n; k++) sums[0] += square_error(&t, in->w[k], in->importance[k]);
    return total(sums);
}

RQ_FOR_AVX2 static double error_avx2(const rq_compress_group *in, const trial *t, double limit)
{
    return error_of(in, t, limit);
}

double rq_compress_error(const rq_compress_scheme *scheme, const rq_compress_group *in,
                         const rq_compress_range *range, double limit)
{
    float half = (float)(1 << (scheme->bits - 1));
    const trial t = {range->scale, 1.0f / range->scale, (float)range->zero_point, -half,
                     half - 1.0f};
    return rq_cpu_has(RQ_ISA_AVX2) ? error_avx2(in, &t, limit) : error_of(in, &t, limit);
}

void rq_compress_ends(float *low, float *high, const rq_compress_group *in)
{
    float least[LANES], most[LANES];
    size_t k = 0;
    for (size_t l = 0; l < LANES; l++) least[l] = most[l] = in->w[0];
    for (; k + LANES <= in->n; k += LANES)
        for (size_t l = 0; l < LANES; l++) {
            float w = in->w[k + l];
            least[l] = w < least[l] ? w : least[l];
            most[l] = w > most[l] ? w : most[l];
        }
    for (; k < in->n; k++) {
        least[0] = in->w[k] < least[0] ? in->w[k] : least[0];
        most[0] = in->w[k] > most[0] ? in->w[k] : most[0];
    }
    *low = least[0];
    *high = most[0];
    for (size_t l = 1; l < LANES; l++) {
        *low = least[l] < *low ? least[l] : *low;
        *high = most[l] > *high ? most[l] : *high;
    }
}
