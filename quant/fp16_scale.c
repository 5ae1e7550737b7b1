#include "quant/fp16_scale.h"

#include "engine/base/dtype.h"

#include <math.h>

#define MAX_NOISE 1e-6 /* of the signal: 60 dB */
#define TOP 15         /* a scaled slice's largest value is below 2^TOP */
#define MAX_SHIFT 110  /* scales and their inverses stay normal float32 numbers */
#define MIN_SCALED 64  /* elements of a constant for which scales are worth their nodes, */
#define MIN_SLICE 8    /* and of a slice */

/* Elements of slice i along an axis: runs of `inner` elements, `stride` apart. */
typedef struct slices {
    size_t n, outer, inner, stride;
    int axis;
} slices;

static slices slice_along(const rq_shape *shape, int axis)
{
    if (axis < 0) return (slices){1, 1, rq_shape_count(shape), 0, -1};
    size_t n = (size_t)shape->d[axis], inner = rq_shape_span(shape, axis + 1, shape->rank);
    return (slices){n, rq_shape_span(shape, 0, axis), inner, n * inner, axis};
}

static float largest(const float *data, const slices *s, size_t i)
{
    float absmax = 0.0f;
    for (size_t o = 0; o < s->outer; o++)
        for (size_t k = 0; k < s->inner; k++) {
            float a = fabsf(data[o * s->stride + i * s->inner + k]);
            if (isfinite(a) && a > absmax) absmax = a;
        }
    return absmax;
}

static bool holds(const float *data, const slices *s, size_t i, float scale)
{
    double noise = 0.0, signal = 0.0;
    for (size_t o = 0; o < s->outer; o++)
        for (size_t k = 0; k < s->inner; k++) {
            float x = data[o * s->stride + i * s->inner + k];
            if (!isfinite(x)) continue; /* f16 has them too */
            double error = (double)rq_f16_to_f32(rq_f32_to_f16(x / scale)) * scale - x;
            noise += error * error;
            signal += (double)x * x;
        }
    return noise <= MAX_NOISE * signal;
}

static float scale_for(float absmax)
{
    int exponent;
    if (absmax == 0.0f) return 1.0f;
    frexpf(absmax, &exponent);
    int shift = exponent - TOP;
    return ldexpf(1.0f, shift > MAX_SHIFT ? MAX_SHIFT : shift < -MAX_SHIFT ? -MAX_SHIFT : shift);
}

/* Every slice, with its own scale or one for all. */
static bool all_hold(const float *data, const slices *by, const float *scale, size_t n_scales)
{
    for (size_t i = 0; i < by->n; i++)
        if (!holds(data, by, i, n_scales == 1 ? scale[0] : scale[i])) return false;
    return true;
}

static bool can_slice(const rq_shape *shape, int axis)
{
    if (axis < 0) return true;
    size_t count = rq_shape_count(shape), n = (size_t)shape->d[axis];
    return n > 1 && count / n >= MIN_SLICE;
}

static rq_status fill_scales(rq_fp16_scales *out, const float *data, const slices *s,
                             const rq_shape *shape, rq_arena *arena)
{
    *out = (rq_fp16_scales){.axis = s->axis, .n = s->n, .shape = RQ_SHAPE_SCALAR};
    out->scales = rq_arena_alloc(arena, s->n, sizeof *out->scales);
    if (!out->scales) return RQ_ENOMEM;
    for (size_t i = 0; i < s->n; i++) out->scales[i] = scale_for(largest(data, s, i));
    if (s->axis < 0) return RQ_OK;
    out->shape.rank = shape->rank;
    for (int d = 0; d < shape->rank; d++) out->shape.d[d] = d == s->axis ? shape->d[d] : 1;
    return RQ_OK;
}

rq_status rq_fp16_scale_choose(rq_fp16_fit *fit, rq_fp16_scales *scales, const float *data,
                               const rq_shape *shape, rq_arena *arena)
{
    static const float one = 1.0f;
    const int axes[] = {-1, 0, shape->rank - 1};
    slices finest = slice_along(shape, shape->rank && can_slice(shape, 0) ? 0 : -1);
    *fit = RQ_FP16_FIT_PLAIN;
    if (all_hold(data, &finest, &one, 1)) return RQ_OK;
    *fit = RQ_FP16_FIT_SCALED;
    for (size_t a = 0; a < 3 && rq_shape_count(shape) >= MIN_SCALED; a++) {
        if (!can_slice(shape, axes[a])) continue;
        slices s = slice_along(shape, axes[a]);
        RQ_TRY(fill_scales(scales, data, &s, shape, arena));
        if (all_hold(data, axes[a] < 0 ? &finest : &s, scales->scales, s.n)) return RQ_OK;
    }
    *fit = RQ_FP16_FIT_NOT;
    return RQ_OK;
}
