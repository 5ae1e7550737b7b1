#include "quant/fp16_scale.h"

#include "engine/base/dtype.h"
#include "engine/base/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_NOISE 1e-6 /* of the signal: 60 dB */
#define TOP 15         /* a scaled slice's largest value is below 2^TOP */
#define MAX_SHIFT 110  /* scales and their inverses stay normal float32 numbers */
#define MIN_SCALED 64  /* elements of a constant for which scales are worth their nodes, */
#define MIN_SLICE 8    /* and of a slice */

/* Slices along an axis: element e is of slice e / inner % n. */
typedef struct slices {
    size_t n, inner, size; /* size: elements of one */
    int axis;
} slices;

static slices slice_along(const rq_shape *shape, int axis)
{
    size_t count = rq_shape_count(shape);
    if (axis < 0) return (slices){1, count, count, -1};
    size_t n = (size_t)shape->d[axis];
    return (slices){n, rq_shape_span(shape, axis + 1, shape->rank), count / n, axis};
}

/* What is known of each slice, while pieces of the constant pass by. */
typedef struct tally {
    const slices *by;
    size_t at; /* the element that comes next */
    float *largest;
    double *noise, *signal;
    const float *scale;
    bool same_scale; /* scale[0] is every slice's */
} tally;

static uint32_t larger_bits(uint32_t most, const float *x, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        uint32_t bits;
        memcpy(&bits, &x[k], sizeof bits);
        bits &= 0x7fffffff;
        bits = bits < 0x7f800000 ? bits : 0; /* finite */
        most = bits > most ? bits : most;
    }
    return most;
}

/* Floats of one sign are ordered as their bits. */
static void note_largest(tally *t, size_t slice, const float *x, size_t n)
{
    uint32_t bits;
    memcpy(&bits, &t->largest[slice], sizeof bits);
    bits = larger_bits(bits, x, n);
    memcpy(&t->largest[slice], &bits, sizeof bits);
}

static void note_error(tally *t, size_t slice, const float *x, size_t n)
{
    float scale = t->scale[t->same_scale ? 0 : slice];
    for (size_t k = 0; k < n; k++) {
        if (!isfinite(x[k])) continue; /* f16 has them too */
        double error = (double)rq_f16_to_f32(rq_f32_to_f16(x[k] / scale)) * scale - x[k];
        t->noise[slice] += error * error;
        t->signal[slice] += (double)x[k] * x[k];
    }
}

static void note_runs(tally *t, void (*note)(tally *, size_t, const float *, size_t),
                      const float *x, size_t n)
{
    const slices *by = t->by;
    for (size_t k = 0, run; k < n; k += run, t->at += run) {
        size_t left = by->inner - t->at % by->inner;
        run = left < n - k ? left : n - k;
        note(t, t->at / by->inner % by->n, x + k, run);
    }
}

static rq_status note_largest_of(void *t, const void *piece, size_t size)
{
    note_runs(t, note_largest, piece, size / sizeof(float));
    return RQ_OK;
}

static rq_status note_error_of(void *t, const void *piece, size_t size)
{
    note_runs(t, note_error, piece, size / sizeof(float));
    return RQ_OK;
}

static rq_status find_largest(float *out, const rq_node *constant, const slices *by)
{
    tally t = {.by = by, .largest = out};
    memset(out, 0, by->n * sizeof *out);
    return rq_const_visit(constant, note_largest_of, &t);
}

/* Enough where no number is too large: normal ones are off by 2^-11 of themselves at most, and
 * those below by 2^-25. */
static bool surely_hold(const float *largest, const slices *by)
{
    const double rest = MAX_NOISE - 0x1p-22;
    for (size_t i = 0; i < by->n; i++) {
        double most = largest[i];
        if (most > RQ_F16_MAX || (double)by->size * 0x1p-50 > 0.9 * rest * most * most)
            return false;
    }
    return true;
}

/* Every slice, with its own scale or one for all. */
static rq_status all_hold(bool *out, const rq_node *constant, const slices *by, const float *scale,
                          size_t n_scales)
{
    tally t = {.by = by, .scale = scale, .same_scale = n_scales == 1};
    RQ_TRY(rq_calloc(&t.noise, 2 * by->n, sizeof *t.noise, "a constant's noise"));
    t.signal = t.noise + by->n;
    rq_status status = rq_const_visit(constant, note_error_of, &t);
    *out = true;
    for (size_t i = 0; i < by->n; i++) *out &= t.noise[i] <= MAX_NOISE * t.signal[i];
    free(t.noise);
    return status;
}

static rq_status plain_holds(bool *out, const rq_node *constant, const slices *by)
{
    static const float one = 1.0f;
    float *largest;
    RQ_TRY(rq_calloc(&largest, by->n, sizeof *largest, "a constant's largest values"));
    rq_status status = find_largest(largest, constant, by);
    *out = status == RQ_OK && surely_hold(largest, by);
    free(largest);
    return status != RQ_OK || *out ? status : all_hold(out, constant, by, &one, 1);
}

static float scale_for(float absmax)
{
    int exponent;
    if (absmax == 0.0f) return 1.0f;
    frexpf(absmax, &exponent);
    int shift = exponent - TOP;
    return ldexpf(1.0f, shift > MAX_SHIFT ? MAX_SHIFT : shift < -MAX_SHIFT ? -MAX_SHIFT : shift);
}

static bool can_slice(const rq_shape *shape, int axis)
{
    if (axis < 0) return true;
    size_t count = rq_shape_count(shape), n = (size_t)shape->d[axis];
    return n > 1 && count / n >= MIN_SLICE;
}

static rq_status fill_scales(rq_fp16_scales *out, const rq_node *constant, const slices *s,
                             const rq_shape *shape, rq_arena *arena)
{
    *out = (rq_fp16_scales){.axis = s->axis, .n = s->n, .shape = RQ_SHAPE_SCALAR};
    out->scales = rq_arena_alloc(arena, s->n, sizeof *out->scales);
    if (!out->scales) return RQ_ENOMEM;
    RQ_TRY(find_largest(out->scales, constant, s));
    for (size_t i = 0; i < s->n; i++) out->scales[i] = scale_for(out->scales[i]);
    if (s->axis < 0) return RQ_OK;
    out->shape.rank = shape->rank;
    for (int d = 0; d < shape->rank; d++) out->shape.d[d] = d == s->axis ? shape->d[d] : 1;
    return RQ_OK;
}

rq_status rq_fp16_scale_choose(rq_fp16_fit *fit, rq_fp16_scales *scales, const rq_node *constant,
                               const rq_shape *shape, rq_arena *arena)
{
    const int axes[] = {-1, 0, shape->rank - 1};
    slices finest = slice_along(shape, shape->rank && can_slice(shape, 0) ? 0 : -1);
    bool good;
    *fit = RQ_FP16_FIT_PLAIN;
    RQ_TRY(plain_holds(&good, constant, &finest));
    if (good) return RQ_OK;
    *fit = RQ_FP16_FIT_SCALED;
    for (size_t a = 0; a < 3 && rq_shape_count(shape) >= MIN_SCALED; a++) {
        if (!can_slice(shape, axes[a])) continue;
        slices s = slice_along(shape, axes[a]);
        RQ_TRY(fill_scales(scales, constant, &s, shape, arena));
        RQ_TRY(all_hold(&good, constant, axes[a] < 0 ? &finest : &s, scales->scales, s.n));
        if (good) return RQ_OK;
    }
    *fit = RQ_FP16_FIT_NOT;
    return RQ_OK;
}
