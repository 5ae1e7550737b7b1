#include "quant/compress/compress_block.h"

#include "engine/base/round.h"

#include <math.h>

#define SWEEPS 3
#define MIN_GAIN 1e-3f /* of what half a step of a code is worth: less is float's rounding */

typedef struct state {
    int8_t *codes, *zero_point;
    float *scale, *residual, *gradient;
    const rq_compress_block *block;
} state;

static bool fit_code(const state *s, size_t k)
{
    const rq_compress_block *b = s->block;
    int half = 1 << (b->scheme->bits - 1);
    const float *row = b->hessian + k * b->stride;
    float scale = *s->scale, curve = row[k], slope = s->gradient[k];
    float wanted = (float)s->codes[k] + slope / (curve * scale);
    if (!(wanted > (float)-half)) wanted = (float)-half;
    if (wanted > (float)(half - 1)) wanted = (float)(half - 1);
    int code = (int)rq_round_half_even_f32(wanted);
    float step = (float)(code - s->codes[k]) * scale;
    if (!(step * (step * curve - 2.0f * slope) < -MIN_GAIN * curve * scale * scale)) return false;
    s->codes[k] = (int8_t)code;
    s->residual[k] -= step;
    for (size_t i = 0; i < b->n; i++) s->gradient[i] -= step * row[i];
    return true;
}

static void fit_codes(const state *s)
{
    bool any = true;
    for (int i = 0; i < SWEEPS && any; i++) {
        any = false;
        for (size_t k = 0; k < s->block->n; k++) any |= fit_code(s, k);
    }
}

/* A change of v along a direction: by t of it, the error changes by t^2 * curve - 2 t * slope. */
typedef struct line {
    const float *direction, *image; /* n each; the image is H times the direction */
    double slope, curve;
} line;

static line line_along(const state *s, const float *direction, const float *image)
{
    line l = {direction, image, 0.0, 0.0};
    for (size_t k = 0; k < s->block->n; k++) {
        l.slope += (double)direction[k] * s->gradient[k];
        l.curve += (double)direction[k] * image[k];
    }
    return l;
}

static bool gains(const line *l, double by)
{
    return by * (by * l->curve - 2.0 * l->slope) < 0.0;
}

static void move(const state *s, const line *l, float by)
{
    for (size_t k = 0; k < s->block->n; k++) {
        s->residual[k] -= by * l->direction[k];
        s->gradient[k] -= by * l->image[k];
    }
}

static void fit_scale(const state *s)
{
    const rq_compress_block *b = s->block;
    float direction[RQ_COMPRESS_BLOCK_MAX], image[RQ_COMPRESS_BLOCK_MAX] = {0.0f};
    for (size_t k = 0; k < b->n; k++) {
        direction[k] = (float)(s->codes[k] - *s->zero_point);
        const float *row = b->hessian + k * b->stride;
        for (size_t i = 0; i < b->n; i++) image[i] += direction[k] * row[i];
    }
    line l = line_along(s, direction, image);
    if (!(l.curve > 0.0)) return;
    float scale = rq_compressed_scale((float)(*s->scale + l.slope / l.curve), b->half);
    double by = (double)scale - *s->scale;
    if (!isfinite(scale) || !gains(&l, by)) return;
    *s->scale = scale;
    move(s, &l, (float)by);
}

/* A step of the zero point moves all weights of the group. */
static void fit_zero_point(const state *s)
{
    float ones[RQ_COMPRESS_BLOCK_MAX];
    int half = 1 << (s->block->scheme->bits - 1);
    for (size_t k = 0; k < s->block->n; k++) ones[k] = 1.0f;
    line l = line_along(s, ones, s->block->row_sums);
    int step = l.slope / *s->scale > 0.0 ? -1 : 1, zero = *s->zero_point + step;
    double by = -(double)step * *s->scale;
    if (zero < -half || zero >= half || !gains(&l, by)) return;
    *s->zero_point = (int8_t)zero;
    move(s, &l, (float)by);
}

void rq_compress_block_fit(int8_t *codes, float *scale, int8_t *zero_point, float *residual,
                           float *gradient, const rq_compress_block *block)
{
    const state s = {codes, zero_point, scale, residual, gradient, block};
    fit_codes(&s);
    if (!block->whole) return;
    if (block->scheme->asymmetric) fit_zero_point(&s);
    fit_scale(&s);
    fit_codes(&s);
}
