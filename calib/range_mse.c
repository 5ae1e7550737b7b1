/* The range with the least expected square error of quantization, clipping included, over the
 * histogram: a grid first, then finer steps around the best, each end in turn when asymmetric. */
#include "calib/range.h"

#include <math.h>
#include <stdlib.h>

#define COARSE 50
#define FINE 8
#define ROUNDS 3

typedef struct search {
    const rq_bin *bins;
    size_t n;
    const rq_range_target *target;
    bool has_negative;
    float low, high; /* the best so far */
    double noise;
} search;

static void consider(search *s, float low, float high)
{
    float from, to;
    rq_range_limits(&from, &to, low, high, s->has_negative, s->target);
    double noise = rq_bins_noise(s->bins, s->n, from, to, s->target->levels);
    if (noise >= s->noise) return;
    s->noise = noise;
    s->low = low;
    s->high = high;
}

/* Shrinks both ends by one factor: what symmetric ranges need. */
static void search_scale(search *s, float low, float high)
{
    for (int k = COARSE; k > 0; k--) {
        float factor = (float)k / COARSE;
        consider(s, low * factor, high * factor);
    }
    float best_low = s->low, best_high = s->high;
    float best = high > 0.0f ? best_high / high : low < 0.0f ? best_low / low : 1.0f;
    for (int k = -FINE; k <= FINE; k++) {
        float factor = best + (float)k / (FINE * COARSE);
        if (factor > 0.0f && factor <= 1.0f) consider(s, low * factor, high * factor);
    }
}

/* One end after the other, the other end as it stands. */
static void search_ends(search *s, float low, float high)
{
    for (int round = 0; round < ROUNDS; round++) {
        float at_high = s->high;
        for (int k = COARSE; k >= 0; k--) consider(s, low * (float)k / COARSE, at_high);
        float at_low = s->low;
        for (int k = COARSE; k >= 0; k--) consider(s, at_low, high * (float)k / COARSE);
    }
}

static rq_status estimate(float *low, float *high, const rq_stats_value *value,
                          const rq_range_target *target)
{
    rq_bin *bins;
    search s = {.target = target,
                .has_negative = value->min < 0.0f,
                .noise = INFINITY,
                .low = value->min,
                .high = value->max};
    RQ_TRY(rq_histogram_bins(&bins, &s.n, value->histogram));
    s.bins = bins;
    search_scale(&s, value->min, value->max);
    if (!target->symmetric && value->min < 0.0f && value->max > 0.0f)
        search_ends(&s, value->min, value->max);
    *low = s.low;
    *high = s.high;
    free(bins);
    return RQ_OK;
}

const rq_range_method rq_range_mse = {"mse", "least square error of rounding and clipping",
                                      estimate};
