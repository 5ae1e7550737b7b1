#include "quant/round_codes.h"

#include "engine/base/cpu.h"
#include "engine/base/round.h"
#include "quant/saturation.h"

#include <math.h>
#include <stdlib.h>

#define MAX_SWEEPS 16
#define MIN_GAIN 1e-3 /* of what half a step of the code is worth: less is float's rounding */
#define SAFE_SUM (INT16_MAX / UINT8_MAX) /* of two codes of one sign */

/* Codes that are within the limits and safe beside the other of the pair. */
static int nearest_allowed(double wanted_code, int other, const rq_round_space *s)
{
    int low = -s->limit, high = s->limit;
    if (s->repair && other > 0 && SAFE_SUM - other < high) high = SAFE_SUM - other;
    if (s->repair && other < 0 && -SAFE_SUM - other > low) low = -SAFE_SUM - other;
    double code = rq_round_half_even(wanted_code);
    return code > high ? high : code > low ? (int)code : low; /* NaN gives low */
}

static inline void subtract_times(float *from, float by, const float *row, size_t n)
{
    for (size_t j = 0; j < n; j++) from[j] -= by * row[j];
}

RQ_FOR_AVX2 static void subtract_avx2(float *from, float by, const float *row, size_t n)
{
    subtract_times(from, by, row, n);
}

/* Code k is raised by `step`. */
static void move(int8_t *codes, float *gradient, const rq_round_space *s, size_t k, int step)
{
    const float *row = s->hessian + k * s->n;
    codes[k] = (int8_t)(codes[k] + step);
    if (rq_cpu_has(RQ_ISA_AVX2))
        subtract_avx2(gradient, (float)step, row, s->n);
    else
        subtract_times(gradient, (float)step, row, s->n);
}

/* `other`: the code of the other input of the pair at this tap; 0 where there is none. */
static bool improve_one(int8_t *codes, float *gradient, const rq_round_space *s, size_t k,
                        int other)
{
    double curve = s->curves[k], slope = gradient[k];
    int step = nearest_allowed(codes[k] + slope / curve, other, s) - codes[k];
    if (step == 0 || !(step * (step * curve - 2.0 * slope) < -MIN_GAIN * curve)) return false;
    move(codes, gradient, s, k, step);
    return true;
}

/* Codes k and k + 1 of one sign whose sum is all that is safe: a step from one to the other. */
static bool improve_pair(int8_t *codes, float *gradient, const rq_round_space *s, size_t k)
{
    int c0 = codes[k], c1 = codes[k + 1];
    if (c0 * c1 <= 0 || abs(c0 + c1) != SAFE_SUM) return false;
    double between = s->hessian[k * s->n + k + 1];
    double curve = (double)s->curves[k] + s->curves[k + 1] - 2.0 * between;
    double slope = (double)gradient[k] - gradient[k + 1];
    int step = slope > 0.0 ? 1 : -1;
    if (abs(c0 + step) > s->limit || abs(c1 - step) > s->limit) return false;
    if (!(curve - 2.0 * step * slope < -MIN_GAIN * curve)) return false;
    move(codes, gradient, s, k, step);
    move(codes, gradient, s, k + 1, -step);
    return true;
}

/* Up to half a step no other code gains, whatever is allowed: most codes, most of the time. */
static bool may_gain(const float *gradient, const rq_round_space *s, size_t k)
{
    return !(fabsf(gradient[k]) <= 0.5f * s->curves[k]);
}

/* Inputs of one tap, from k on. */
static bool sweep_tap(int8_t *codes, float *gradient, const rq_round_space *s, size_t k)
{
    bool any = false;
    for (size_t i = 0; i < s->inputs; i++, k++) {
        bool is_first = i % 2 == 0, is_pair = !is_first || i + 1 < s->inputs;
        int other = is_pair ? codes[is_first ? k + 1 : k - 1] : 0;
        if (may_gain(gradient, s, k)) any |= improve_one(codes, gradient, s, k, other);
        if (s->repair && is_first && is_pair) any |= improve_pair(codes, gradient, s, k);
    }
    return any;
}

static bool sweep(int8_t *codes, float *gradient, const rq_round_space *s)
{
    bool any = false;
    for (size_t k = 0; k < s->n; k += s->inputs) any |= sweep_tap(codes, gradient, s, k);
    return any;
}

void rq_round_codes(int8_t *codes, float *gradient, const rq_round_space *s)
{
    for (int i = 0; i < MAX_SWEEPS && sweep(codes, gradient, s); i++) {
    }
}
