#include "quant/compress/compress_search.h"

#include <float.h>
#include <math.h>

#define STEPS 7       /* ends tried, each ... */
#define STEP 0.05f    /* ... this share of the range narrower than the one before */
#define REFINEMENTS 3 /* of scale and codes in turn */
#define TIE 1e-6      /* what is narrower must win by more than rounding */

static float at_least_epsilon(float scale, bool half)
{
    float least = half ? RQ_COMPRESS_MIN_SCALE : FLT_MIN;
    return fabsf(scale) < least ? least : scale;
}

/* low <= 0 <= high */
static rq_compress_range asymmetric(const rq_compress_scheme *scheme, float low, float high,
                                    bool half)
{
    int middle = 1 << (scheme->bits - 1);
    float levels = (float)(2 * middle - 1);
    float scale = at_least_epsilon((high - low) / levels, half);
    float zero = -rintf(low / scale);
    zero = zero < 0.0f ? 0.0f : zero > levels ? levels : zero;
    return (rq_compress_range){rq_compressed_scale(scale, half), (int)zero - middle};
}

static rq_compress_range symmetric(const rq_compress_scheme *scheme, float extreme, bool half)
{
    float scale = at_least_epsilon(-extreme / (float)(1 << (scheme->bits - 1)), half);
    return (rq_compress_range){rq_compressed_scale(scale, half), 0};
}

/* The weight of largest size, of two the negative one. */
static float extreme_of(float low, float high)
{
    return fabsf(low) >= high ? -fabsf(low) : high;
}

rq_compress_range rq_compress_start(const rq_compress_scheme *scheme, const rq_compress_group *in,
                                    bool half)
{
    float low, high;
    rq_compress_ends(&low, &high, in);
    if (!scheme->asymmetric) return symmetric(scheme, extreme_of(low, high), half);
    return asymmetric(scheme, fminf(low, 0.0f), fmaxf(high, 0.0f), half);
}

/* -- search --------------------------------------------------------------------------------- */

/* The scale that fits the codes of `range` best (least squares). */
static float least_squares_scale(const rq_compress_scheme *scheme, const rq_compress_group *in,
                                 const rq_compress_range *range)
{
    float half = (float)(1 << (scheme->bits - 1)), zero = (float)range->zero_point;
    float inverse = 1.0f / range->scale;
    double product = 0.0, square = 0.0;
    for (size_t k = 0; k < in->n; k++) {
        double a = rq_compress_tried_code(in->w[k], inverse, zero, -half, half - 1.0f);
        product += in->importance[k] * a * in->w[k];
        square += in->importance[k] * a * a;
    }
    return square > 0.0 ? (float)(product / square) : range->scale;
}

typedef struct best_range {
    rq_compress_range *range;
    double error;
} best_range;

static bool try_range(best_range *best, const rq_compress_range *range,
                      const rq_compress_scheme *scheme, const rq_compress_group *in)
{
    const double limit = best->error * (1.0 - TIE);
    const rq_compress_range *is = best->range;
    if (range->scale == is->scale && range->zero_point == is->zero_point) return false;
    double error = rq_compress_error(scheme, in, range, limit);
    if (!(error < limit)) return false;
    best->error = error;
    *best->range = *range;
    return true;
}

static void narrow(best_range *best, const rq_compress_scheme *scheme, const rq_compress_group *in,
                   bool half)
{
    float low, high;
    rq_compress_ends(&low, &high, in);
    for (int h = 0; h < STEPS; h++) {
        float by = 1.0f - STEP * (float)h;
        if (!scheme->asymmetric) {
            float extreme = extreme_of(low, high) * by;
            for (int side = 0; side < 2; side++, extreme = -extreme) {
                rq_compress_range range = symmetric(scheme, extreme, half);
                try_range(best, &range, scheme, in);
            }
            continue;
        }
        for (int l = 0; l < STEPS; l++) {
            rq_compress_range range = asymmetric(
                scheme, fminf(low, 0.0f) * (1.0f - STEP * (float)l), fmaxf(high, 0.0f) * by, half);
            try_range(best, &range, scheme, in);
        }
    }
}

void rq_compress_search(rq_compress_range *range, const rq_compress_scheme *scheme,
                        const rq_compress_group *in, bool half)
{
    best_range best = {range, rq_compress_error(scheme, in, range, INFINITY)};
    if (!(best.error > 0.0)) return;
    narrow(&best, scheme, in, half);
    for (int i = 0; i < REFINEMENTS; i++) {
        rq_compress_range refined = *range;
        refined.scale = rq_compressed_scale(least_squares_scale(scheme, in, range), half);
        if (!try_range(&best, &refined, scheme, in)) break;
    }
}
