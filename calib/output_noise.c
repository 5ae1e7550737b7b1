#include "calib/output_noise.h"

#include "calib/channel_share.h"
#include "engine/base/mem.h"

#include <math.h>
#include <stdlib.h>

struct rq_output_noise {
    rq_noise *rounding, *clipping; /* the same one when there are no gains */
};

/* Mean gain over the channels that a value x comes from, by sign and logarithm of |x|. */
typedef struct table {
    double most;
    double at[2][RQ_CHANNEL_SHARE_PLACES];
} table;

static double mean_gain(const double *shares, const double *gain, size_t n)
{
    double sum = 0.0, all = 0.0;
    for (size_t c = 0; c < n; c++) {
        all += shares[c];
        sum += shares[c] * gain[c];
    }
    return sum / all;
}

static void fill(table *t, const rq_channel_shares *shares, const double *gain)
{
    t->most = shares->most;
    for (int negative = 0; negative < 2; negative++)
        for (int k = 0; k < RQ_CHANNEL_SHARE_PLACES; k++)
            t->at[negative][k] =
                mean_gain(rq_channel_shares_at(shares, negative, k), gain, shares->n);
}

static double look_up(const void *ctx, double x)
{
    const table *t = ctx;
    const double *at = t->at[x < 0.0];
    double part;
    int k;
    rq_channel_shares_place(&k, &part, t->most, x);
    return at[k] + (at[k + 1] - at[k]) * part;
}

static rq_status make(rq_noise **out, const rq_stats_value *value, const rq_channel_shares *shares,
                      const double *gain)
{
    table t;
    fill(&t, shares, gain);
    return rq_noise_create_weighted(out, value->histogram, look_up, &t);
}

static rq_status make_both(rq_output_noise *noise, const rq_stats_value *value, const rq_gain *gain)
{
    rq_channel_shares shares;
    RQ_TRY(rq_channel_shares_open(&shares, value));
    rq_status status = make(&noise->rounding, value, &shares, gain->rounding);
    if (status == RQ_OK) status = make(&noise->clipping, value, &shares, gain->clipping);
    rq_channel_shares_close(&shares);
    return status;
}

rq_status rq_output_noise_create(rq_output_noise **out, const rq_stats_value *value,
                                 const rq_gain *gain)
{
    rq_output_noise *noise;
    RQ_TRY(rq_calloc(&noise, 1, sizeof *noise, "output noise"));
    rq_status status;
    if (gain && gain->n == value->n_channels) {
        status = make_both(noise, value, gain);
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
