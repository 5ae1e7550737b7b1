#include "quant/round_codes.h"

#include "engine/base/round.h"
#include "quant/saturation.h"

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

/* Code k is raised by `step`. */
static void move(int8_t *codes, float *gradient, const rq_round_space *s, size_t k, int step)
{
    const float *row = s->hessian + k * s->n;
    float by = (float)step;
    codes[k] = (int8_t)(codes[k] + step);
    for (size_t j = 0; j < s->n; j++) gradient[j] -= by * row[j];
}

/* The other input of the pair at this tap; s->n where there is none. */
static size_t partner_of(const rq_round_space *s, size_t k)
{
    size_t input = k % s->inputs;
    if (input % 2) return k - 1;
    return input + 1 < s->inputs ? k + 1 : s->n;
}

static bool improve_one(int8_t *codes, float *gradient, const rq_round_space *s, size_t k)
{
    size_t partner = partner_of(s, k);
    int other = partner < s->n ? codes[partner] : 0;
    double curve = s->hessian[k * s->n + k], slope = gradient[k];
    int step = nearest_allowed(codes[k] + slope / curve, other, s) - codes[k];
    if (step == 0 || !(step * (step * curve - 2.0 * slope) < -MIN_GAIN * curve)) return false;
    move(codes, gradient, s, k, step);
    return true;
}

/* Codes k and k + 1 of one sign whose sum is all that is safe: a step from one to the other. */
static bool improve_pair(int8_t *codes, float *gradient, const rq_round_space *s, size_t k)
{
    const float *row = s->hessian + k * s->n, *next = row + s->n;
    int c0 = codes[k], c1 = codes[k + 1];
    if (c0 * c1 <= 0 || abs(c0 + c1) != SAFE_SUM) return false;
    double curve = (double)row[k] + next[k + 1] - 2.0 * row[k + 1];
    double slope = (double)gradient[k] - gradient[k + 1];
    int step = slope > 0.0 ? 1 : -1;
    if (abs(c0 + step) > s->limit || abs(c1 - step) > s->limit) return false;
    if (!(curve - 2.0 * step * slope < -MIN_GAIN * curve)) return false;
    move(codes, gradient, s, k, step);
    move(codes, gradient, s, k + 1, -step);
    return true;
}

static bool sweep(int8_t *codes, float *gradient, const rq_round_space *s)
{
    bool any = false;
    for (size_t k = 0; k < s->n; k++) {
        any |= improve_one(codes, gradient, s, k);
        if (s->repair && partner_of(s, k) == k + 1 && k + 1 < s->n)
            any |= improve_pair(codes, gradient, s, k);
    }
    return any;
}

void rq_round_codes(int8_t *codes, float *gradient, const rq_round_space *s)
{
    for (int i = 0; i < MAX_SWEEPS && sweep(codes, gradient, s); i++) {
    }
}
