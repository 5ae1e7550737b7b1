/* Arithmetic over arrays that many rooms need: order statistics, argmax, decibels. */
#ifndef RQ_BASE_NUMBERS_H
#define RQ_BASE_NUMBERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Ascending, in place. Where NaNs end up is not defined. */
void rq_sort_f64(double *x, size_t n);
/* The mean of the middle two when n is even; sorts x. NaN when n is 0. */
double rq_median(double *x, size_t n);
/* The p-quantile, p in [0, 1], of ascending values: linear between the two that lie around it, as
 * numpy's default; the nearer one where one of them is infinite. NaN when n is 0. */
double rq_quantile(const double *sorted, size_t n, double p);

/* Index of the largest value, the lowest index of equal ones; NaN never wins; -1 if all are. */
int64_t rq_argmax(const float *x, size_t n);

/* Whether it is finite as f32; and whether one can divide by it in f32: it is not 0 there, and its
 * reciprocal is finite. */
bool rq_fits_f32(double x);
bool rq_divides_f32(double x);

/* A ratio of powers in decibels: 10 log10(ratio). */
double rq_decibels(double ratio);
/* Signal to quantization noise, of powers: +Inf when noise is 0 (also for 0 / 0: nothing was
 * lost); -Inf when the signal is 0, or the noise infinite or NaN; NaN of a signal that is NaN. */
double rq_sqnr_db(double signal, double noise);

#endif
