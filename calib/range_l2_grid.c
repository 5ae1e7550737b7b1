/* The range with the least square error on an even grid: thresholds at every hundredth of the
 * extremes, then, where the ends move by themselves, each end at every hundredth of its own. Unlike
 * mse, which narrows down around one minimum, it looks everywhere. */
#include "calib/range.h"

#include <math.h>

#define PARTS 100

typedef struct grid {
    const rq_output_noise *noise;
    const rq_stats_value *value;
    const rq_range_target *target;
    float low, high; /* the best so far */
    double best;     /* its noise */
} grid;

static void consider(grid *g, float low, float high)
{
    float from, to;
    rq_range_limits(&from, &to, low, high, g->target);
    double noise = rq_output_noise_at(g->noise, from, to, g->target->levels);
    if (noise >= g->best) return;
    g->best = noise;
    g->low = low;
    g->high = high;
}

static float part_of(float end, int k)
{
    return end * (float)k / PARTS;
}

static void search(grid *g)
{
    float min = g->value->min, max = g->value->max;
    for (int k = PARTS; k > 0; k--) {
        /* One threshold for both signs: an end that is inside it stays where it is. */
        float threshold = part_of(fmaxf(fabsf(min), fabsf(max)), k);
        consider(g, fmaxf(min, -threshold), fminf(max, threshold));
    }
    if (g->target->symmetric || min >= 0.0f || max <= 0.0f) return;
    float high = g->high;
    for (int k = PARTS; k > 0; k--) consider(g, part_of(min, k), high);
    float low = g->low;
    for (int k = PARTS; k > 0; k--) consider(g, low, part_of(max, k));
}

static rq_status estimate(float *low, float *high, const rq_stats_value *value,
                          const rq_range_target *target)
{
    rq_output_noise *noise;
    RQ_TRY(rq_output_noise_create(&noise, value, NULL));
    grid g = {noise, value, target, value->min, value->max, INFINITY};
    search(&g);
    *low = g.low;
    *high = g.high;
    rq_output_noise_destroy(&noise);
    return RQ_OK;
}

const rq_range_method rq_range_l2_grid = {
    "l2-grid", "minimum square error over an even grid of ranges", estimate};
