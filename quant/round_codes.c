#include "quant/round_codes.h"

#include "engine/base/cpu.h"
#include "engine/base/mem.h"
#include "engine/base/round.h"
#include "quant/saturation.h"

#include <math.h>
#include <stdlib.h>

#define MAX_SWEEPS 16
#define MIN_GAIN 1e-3 /* of what half a step of the code is worth: less is float's rounding */
#define TILE 32
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

RQ_FOR_AVX512 static void subtract_avx512(float *from, float by, const float *row, size_t n)
{
    subtract_times(from, by, row, n);
}

/* Code k is raised by `step`. */
static void move(int8_t *codes, float *gradient, const rq_round_space *s, size_t k, int step)
{
    const float *row = s->hessian + k * s->n;
    float by = (float)step * s->share, own = gradient[k] - (float)step * s->curves[k];
    codes[k] = (int8_t)(codes[k] + step);
    if (rq_cpu_has(RQ_ISA_AVX512))
        subtract_avx512(gradient, by, row, s->n);
    else if (rq_cpu_has(RQ_ISA_AVX2))
        subtract_avx2(gradient, by, row, s->n);
    else
        subtract_times(gradient, by, row, s->n);
    gradient[k] = own;
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
    double between = (double)s->share * s->hessian[k * s->n + k + 1];
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

/* Code k, the i-th input of its tap. */
static bool sweep_one(int8_t *codes, float *gradient, const rq_round_space *s, size_t k, size_t i)
{
    bool is_first = i % 2 == 0, is_pair = !is_first || i + 1 < s->inputs, any = false;
    int other = is_pair ? codes[is_first ? k + 1 : k - 1] : 0;
    if (may_gain(gradient, s, k)) any = improve_one(codes, gradient, s, k, other);
    if (s->repair && is_first && is_pair) any |= improve_pair(codes, gradient, s, k);
    return any;
}

/* Whether one of codes [k, end) may gain: then each is looked at. */
static inline bool may_any_gain(const int8_t *codes, const float *gradient, const rq_round_space *s,
                                size_t k, size_t end)
{
    bool any = false;
    for (size_t j = k; j < end; j++) any |= may_gain(gradient, s, j);
    for (size_t j = k; s->repair && j < end - 1; j++)
        any |= abs(codes[j] + codes[j + 1]) == SAFE_SUM;
    return any || (s->repair && end < s->n && abs(codes[end - 1] + codes[end]) == SAFE_SUM);
}

/* Codes [first, end). */
static bool sweep_tile(int8_t *codes, float *gradient, const rq_round_space *s, size_t first,
                       size_t end)
{
    bool any = false;
    if (!may_any_gain(codes, gradient, s, first, end)) return false;
    for (size_t k = first, i = first % s->inputs; k < end; k++, i = i + 1 == s->inputs ? 0 : i + 1)
        any |= sweep_one(codes, gradient, s, k, i);
    return any;
}

/* Of channels that may still gain; which may gain once more, into *open. All take a tile of codes
 * before the next: its rows of the moments then are in the cache. */
static void sweep(bool *open, int8_t *codes, float *gradient, size_t channels,
                  const rq_round_space *s)
{
    bool gained[RQ_ROUND_CHANNELS] = {false};
    for (size_t k = 0; k < s->n; k += TILE)
        for (size_t c = 0; c < channels; c++)
            if (open[c])
                gained[c] |= sweep_tile(codes + c * s->n, gradient + c * s->n, s, k,
                                        rq_min_size(s->n, k + TILE));
    for (size_t c = 0; c < channels; c++) open[c] = gained[c];
}

static bool any_of(const bool *open, size_t channels)
{
    for (size_t c = 0; c < channels; c++)
        if (open[c]) return true;
    return false;
}

void rq_round_codes(int8_t *codes, float *gradient, size_t channels, const rq_round_space *s)
{
    bool open[RQ_ROUND_CHANNELS];
    for (size_t c = 0; c < channels; c++) open[c] = true;
    for (int i = 0; i < MAX_SWEEPS && any_of(open, channels); i++)
        sweep(open, codes, gradient, channels, s);
}
