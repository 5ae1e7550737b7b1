#include "calib/channel_share.h"

#include "engine/base/mem.h"

#include <math.h>
#include <stdlib.h>

#define MIN_DEVIATION 1e-6 /* of the largest magnitude: a constant channel is a narrow one */

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

/* Beyond all extremes, where a bucket or the other sign's rows reach: the nearest channel. */
static size_t furthest(const rq_stats_value *value, double x)
{
    size_t furthest = 0;
    for (size_t c = 1; c < value->n_channels; c++)
        if (x < 0.0 ? value->channel_min[c] < value->channel_min[furthest]
                    : value->channel_max[c] > value->channel_max[furthest])
            furthest = c;
    return furthest;
}

static void fill_row(double *row, const rq_stats_value *value, double x, double most)
{
    double sum = 0.0;
    for (size_t c = 0; c < value->n_channels; c++) sum += row[c] = share(value, c, x, most);
    if (!(sum > 0.0)) row[furthest(value, x)] = 1.0;
}

rq_status rq_channel_shares_open(rq_channel_shares *out, const rq_stats_value *value)
{
    size_t n = value->n_channels;
    *out = (rq_channel_shares){
        .n = n, .most = fmax(fmax(fabs((double)value->min), fabs((double)value->max)), 1e-30)};
    RQ_TRY(rq_calloc(&out->rows, 2 * RQ_CHANNEL_SHARE_PLACES * n, sizeof *out->rows, "shares"));
    double *row = out->rows;
    for (int negative = 0; negative < 2; negative++)
        for (int k = 0; k < RQ_CHANNEL_SHARE_PLACES; k++, row += n) {
            double size = out->most * exp2(-(double)k / RQ_CHANNEL_SHARE_PER_OCTAVE);
            fill_row(row, value, negative ? -size : size, out->most);
        }
    return RQ_OK;
}

void rq_channel_shares_close(rq_channel_shares *shares)
{
    free(shares->rows);
    *shares = (rq_channel_shares){0};
}

void rq_channel_shares_place(int *k, double *part, double most, double x)
{
    const double last = RQ_CHANNEL_SHARE_PLACES - 1.0;
    double size = fmax(fabs(x), most * exp2(-(double)RQ_CHANNEL_SHARE_OCTAVES));
    double place = fmin(fmax(-log2(size / most) * RQ_CHANNEL_SHARE_PER_OCTAVE, 0.0), last);
    *k = (int)fmin(place, last - 1.0);
    *part = place - *k;
}
