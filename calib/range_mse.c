/* The range with the least expected square error of quantization, rounding and clipping together,
 * over the histogram: of the value itself (mse), or of what its consumers compute from it (sqnr). A
 * geometric grid of ranges of the data's own proportion, then refinement; with asymmetric targets
 * of each end by itself. */
#include "calib/range.h"

#include <math.h>

#define COARSE 1.15 /* ratio of neighbours in the grid, then each way in the first refinement */
#define GRID 60     /* down to 1/4400 of the extremes */
#define TRIES 4     /* candidates on either side of the best, in a refinement */
#define REFINEMENTS 3

typedef struct search {
    const rq_output_noise *noise;
    const rq_stats_value *value;
    const rq_range_target *target;
    float low, high; /* the best so far */
    double best;     /* its noise */
} search;

/* False when clipping alone is worse than the best: smaller ranges need not be tried. */
static bool consider(search *s, float low, float high)
{
    float from, to;
    low = fmaxf(low, s->value->min);
    high = fminf(high, s->value->max);
    if (low > high) return false; /* values far on one side of 0, all clipped */
    rq_range_limits(&from, &to, low, high, s->target);
    if (rq_output_noise_clipped(s->noise, from, to) >= s->best) return false;
    double noise = rq_output_noise_at(s->noise, from, to, s->target->levels);
    if (noise < s->best) {
        s->best = noise;
        s->low = low;
        s->high = high;
    }
    return true;
}

/* Multiplies the ends that move by factors around 1, ever closer. */
static void refine(search *s, bool move_low, bool move_high, double spread)
{
    float low = s->low, high = s->high;
    for (int k = -TRIES; k <= TRIES; k++) {
        float factor = (float)pow(spread, (double)k / TRIES);
        consider(s, move_low ? low * factor : low, move_high ? high * factor : high);
    }
}

static void search_range(search *s)
{
    double factor = 1.0, spread = COARSE;
    for (int k = 0; k < GRID; k++, factor /= COARSE)
        if (!consider(s, (float)(s->value->min * factor), (float)(s->value->max * factor))) break;
    bool both = !s->target->symmetric && s->value->min < 0.0f && s->value->max > 0.0f;
    for (int k = 0; k < REFINEMENTS; k++, spread = pow(spread, 0.4)) {
        refine(s, true, true, spread);
        for (int round = 0; both && round < 2; round++) {
            refine(s, true, false, round ? spread : spread * spread);
            refine(s, false, true, round ? spread : spread * spread);
        }
    }
}

static rq_status least(float *low, float *high, const rq_stats_value *value,
                       const rq_range_target *target, const rq_gain *gain)
{
    rq_output_noise *noise;
    RQ_TRY(rq_output_noise_create(&noise, value, gain));
    search s = {noise, value, target, value->min, value->max, INFINITY};
    search_range(&s);
    *low = s.low;
    *high = s.high;
    rq_output_noise_destroy(&noise);
    return RQ_OK;
}

static rq_status estimate_mse(float *low, float *high, const rq_stats_value *value,
                              const rq_range_target *target)
{
    return least(low, high, value, target, NULL);
}

static rq_status estimate_sqnr(float *low, float *high, const rq_stats_value *value,
                               const rq_range_target *target)
{
    return least(low, high, value, target, target->gain);
}

const rq_range_method rq_range_mse = {"mse", "minimum square error of rounding and clipping",
                                      estimate_mse};
const rq_range_method rq_range_sqnr = {
    "sqnr", "minimum error at the outputs of the tensor's consumers", estimate_sqnr};
