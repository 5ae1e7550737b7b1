/* The expected square error of a FakeQuantize over a histogram, quickly for many ranges. */
#ifndef RQ_CALIB_NOISE_H
#define RQ_CALIB_NOISE_H

#include "calib/histogram.h"

typedef struct rq_noise rq_noise;

/* Takes what it needs from the histogram. Small values, whose buckets are far finer than any step
 * that could pay, are joined: about a thousand bins remain. */
rq_status rq_noise_create(rq_noise **out, const rq_histogram *histogram);
/* The same with an error at x counting weight(ctx, x) >= 0 times: E[weight(x) (x - FQ(x))^2]. */
rq_status rq_noise_create_weighted(rq_noise **out, const rq_histogram *histogram,
                                   double (*weight)(const void *ctx, double x), const void *ctx);
void rq_noise_destroy(rq_noise **noise);

/* E[(x - FQ(x))^2] for limits low < high and `levels` levels: values clipped to the limits, then
 * rounded to the nearest level. Exact where values are uniform inside a bin. 0 when empty. */
double rq_noise_at(const rq_noise *noise, double low, double high, int levels);
/* The part that comes from values outside the limits: never falls when a range shrinks. */
double rq_noise_clipped(const rq_noise *noise, double low, double high);

#endif
