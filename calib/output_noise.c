#include "calib/output_noise.h"

#include "engine/base/mem.h"

#include <math.h>
#include <stdlib.h>

#define PER_OCTAVE 4 /* places where the share of channels is computed */
#define OCTAVES 12   /* below the largest magnitude */
#define PLACES (PER_OCTAVE * OCTAVES + 1)
#define MIN_DEVIATION 1e-6 /* of the largest magnitude: a constant channel is a narrow one */

struct rq_output_noise {
    rq_noise *rounding, *clipping; /* the same one when there are no gains */
};

/* Mean gain over the channels that a value x comes from, by sign and logarithm of |x|. */
typedef struct table {
    double most;
    double at[2][PLACES];
} table;

/* What channel c adds to a bucket at x, in no particular unit. */
static double share(const rq_stats_value *value, size_t c, double x, double most)
{
    double mean = value->channel_mean[c];
    double variance = value->channel_mean_square[c] - mean * mean;
    double deviation = fmax(sqrt(fmax(variance, 0.0)), MIN_DEVIATION * most);
    /* A bucket reaches a little beyond the extremes. */
    double slack = fabs(x) / 64.0;
    if (x + slack < value->channel_min[c] || x - slack > value->channel_max[c]) return 0.0;
    return exp(-M_SQRT2 * fabs(x - mean) / deviation) / deviation;
}

/* Beyond all extremes, where a bucket or the other sign's table reaches: the nearest channel. */
static double furthest_gain(const rq_stats_value *value, const double *gain, double x)
{
    size_t furthest = 0;
    for (size_t c = 1; c < value->n_channels; c++)
        if (x < 0.0 ? value->channel_min[c] < value->channel_min[furthest]
                    : value->channel_max[c] > value->channel_max[furthest])
            furthest = c;
    return gain[furthest];
}

static double mean_gain(const rq_stats_value *value, const double *gain, double x, double most)
{
    double sum = 0.0, shares = 0.0;
    for (size_t c = 0; c < value->n_channels; c++) {
        double s = share(value, c, x, most);
        shares += s;
        sum += s * gain[c];
    }
    return shares > 0.0 ? sum / shares : furthest_gain(value, gain, x);
}

static void fill(table *t, const rq_stats_value *value, const double *gain)
{
    t->most = fmax(fmax(fabs((double)value->min), fabs((double)value->max)), 1e-30);
    for (int negative = 0; negative < 2; negative++)
        for (int k = 0; k < PLACES; k++) {
            double size = t->most * exp2(-(double)k / PER_OCTAVE);
            t->at[negative][k] = mean_gain(value, gain, negative ? -size : size, t->most);
        }
}

static double look_up(const void *ctx, double x)
{
    const table *t = ctx;
    const double *at = t->at[x < 0.0];
    double size = fmax(fabs(x), t->most * exp2(-(double)OCTAVES));
    double place = fmin(fmax(-log2(size / t->most) * PER_OCTAVE, 0.0), PLACES - 1.0);
    int k = (int)fmin(place, PLACES - 2.0);
    return at[k] + (at[k + 1] - at[k]) * (place - k);
}

static rq_status make(rq_noise **out, const rq_stats_value *value, const double *gain)
{
    table t;
    fill(&t, value, gain);
    return rq_noise_create_weighted(out, value->histogram, look_up, &t);
}

rq_status rq_output_noise_create(rq_output_noise **out, const rq_stats_value *value,
                                 const rq_gain *gain)
{
    rq_output_noise *noise;
    RQ_TRY(rq_calloc(&noise, 1, sizeof *noise, "output noise"));
    rq_status status;
    if (gain && gain->n == value->n_channels) {
        status = make(&noise->rounding, value, gain->rounding);
        if (status == RQ_OK) status = make(&noise->clipping, value, gain->clipping);
    } else {
        status = rq_noise_create(&noise->rounding, value->histogram);
        noise->clipping = noise->rounding;
    }
    if (status != RQ_OK) rq_output_noise_destroy(&noise);
    *out = noise;
    return status;
}

void rq_output_noise_destroy(rq_output_noise **noise)
{
    if (!noise || !*noise) return;
    if ((*noise)->clipping == (*noise)->rounding) (*noise)->clipping = NULL;
    rq_noise_destroy(&(*noise)->rounding);
    rq_noise_destroy(&(*noise)->clipping);
    free(*noise);
    *noise = NULL;
}

double rq_output_noise_at(const rq_output_noise *noise, double low, double high, int levels)
{
    double all = rq_noise_at(noise->rounding, low, high, levels);
    if (noise->clipping == noise->rounding) return all;
    return fmax(all - rq_noise_clipped(noise->rounding, low, high), 0.0) +
           rq_noise_clipped(noise->clipping, low, high);
}

double rq_output_noise_clipped(const rq_output_noise *noise, double low, double high)
{
    return rq_noise_clipped(noise->clipping, low, high);
}
