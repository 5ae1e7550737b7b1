/* Whose a bucket of a histogram is: the histogram of a value does not know channels. How much of
 * what lies at x belongs to channel c is taken in proportion to a Laplace density of the channel's
 * mean and variance, within its extremes. */
#ifndef RQ_CALIB_CHANNEL_SHARE_H
#define RQ_CALIB_CHANNEL_SHARE_H

#include "calib/stats.h"

#define RQ_CHANNEL_SHARE_PER_OCTAVE 4 /* places where shares are computed */
#define RQ_CHANNEL_SHARE_OCTAVES 12   /* below the largest magnitude */
#define RQ_CHANNEL_SHARE_PLACES (RQ_CHANNEL_SHARE_PER_OCTAVE * RQ_CHANNEL_SHARE_OCTAVES + 1)

/* By sign, place and channel, in no particular unit. */
typedef struct rq_channel_shares {
    size_t n;     /* channels */
    double most;  /* the largest magnitude; place k is at most * 2^(-k / 4) */
    double *rows; /* [2][RQ_CHANNEL_SHARE_PLACES][n]; negative magnitudes are [1] */
} rq_channel_shares;

rq_status rq_channel_shares_open(rq_channel_shares *out, const rq_stats_value *value);
void rq_channel_shares_close(rq_channel_shares *shares); /* {0} again */

/* [n], of which one at least is not 0. */
static inline const double *rq_channel_shares_at(const rq_channel_shares *s, bool negative, int k)
{
    return s->rows + ((size_t)negative * RQ_CHANNEL_SHARE_PLACES + (size_t)k) * s->n;
}

/* The places around x: *k and the next, the second of which weighs *part (0..1). */
void rq_channel_shares_place(int *k, double *part, double most, double x);

#endif
