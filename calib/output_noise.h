/* What an error in a value costs at the outputs of its consumers, from the value's statistics and
 * the consumers' weights; no inference.
 *
 * A consumer's output error is the sum over its input channels c of weights times errors. Rounding
 * errors are alike to white noise, so that their squares add up: sum over o, t of w(o, c, t)^2 for
 * every unit of square error in channel c, the rounding gain. Clipping takes from neighbouring
 * elements at once, with one sign, so that under one kernel their sum counts: sum over o of
 * (sum over t of w(o, c, t))^2, the clipping gain; a smoothing 5x5 kernel halves a rounding error
 * and keeps a clipped one.
 *
 * Whose channel's an error is, the histogram does not know: see channel_share.h. */
#ifndef RQ_CALIB_OUTPUT_NOISE_H
#define RQ_CALIB_OUTPUT_NOISE_H

#include "calib/noise.h"
#include "calib/stats.h"

/* Per channel of the value; n 1 with statistics that have one channel. Every entry >= 0. */
typedef struct rq_gain {
    size_t n;
    const double *rounding, *clipping;
} rq_gain;

typedef struct rq_output_noise rq_output_noise;

/* gain NULL: 1 for all, the error of the value itself. Borrows nothing. */
rq_status rq_output_noise_create(rq_output_noise **out, const rq_stats_value *value,
                                 const rq_gain *gain);
void rq_output_noise_destroy(rq_output_noise **noise);

/* As rq_noise_at and rq_noise_clipped. */
double rq_output_noise_at(const rq_output_noise *noise, double low, double high, int levels);
double rq_output_noise_clipped(const rq_output_noise *noise, double low, double high);

#endif
