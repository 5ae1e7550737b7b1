/* Intervals and tests for measured numbers. Everything is two-sided at 95 %. */
#ifndef RQ_REPORTS_METRICS_INTERVAL_H
#define RQ_REPORTS_METRICS_INTERVAL_H

#include "engine/base/status.h"
#include "reports/estimate.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A proportion, hits of n. n == 0 gives no estimate.
 * Source: Wilson 1927, "Probable Inference, the Law of Succession, and Statistical Inference". */
rq_estimate rq_wilson(size_t hits, size_t n);

/* The same n images evaluated before and after. */
typedef struct rq_pairs {
    size_t both, lost, gained, neither; /* lost: right before, wrong after */
} rq_pairs;

/* Proportion after minus proportion before.
 * Source: Newcombe 1998, "Improved confidence intervals for the difference between binomial
 * proportions based on paired data", Statistics in Medicine 17, method 10. */
rq_estimate rq_paired_difference(const rq_pairs *pairs);

/* The exact probability of so uneven a split of the changed images, or a more uneven one, if
 * losing and gaining were equally likely; 1 when none changed.
 * Source: McNemar 1947, with the exact binomial distribution. */
double rq_mcnemar(size_t lost, size_t gained);

/* What a statistic can be at least and at most; NaN: not known. */
typedef struct rq_span {
    double least, most;
} rq_span;

/* Of a metric's value: those in percent of which more is better are 0 to 100. */
rq_span rq_value_span(const char *unit, bool higher_is_better);
rq_span rq_difference_span(rq_span value); /* of two such values */

/* A statistic of the images picks[0..n): with their natural order it is the value itself. */
typedef double rq_statistic_fn(const void *ctx, const size_t *picks, size_t n);

#define RQ_BOOTSTRAP_ROUNDS 1000

/* The statistic of images 0..n-1, and its percentile interval over RQ_BOOTSTRAP_ROUNDS resamples
 * of the images; the same seed gives the same bits. n < 2 gives no interval, n == 0 no value.
 * Images that are all alike (none changed) do not say that others are: of those 1 - 0.05^(1 / n),
 * nearly 3 / n, may still differ, each by as much as `span` permits; where that is not known there
 * is no interval. Sources: Efron and Tibshirani 1993, "An Introduction to the Bootstrap", section
 * 13.3; the rule of three, Hanley and Lippman-Hand 1983, "If nothing goes wrong, is everything all
 * right?", JAMA 249. */
rq_status rq_bootstrap(rq_estimate *out, rq_statistic_fn *statistic, const void *ctx, size_t n,
                       rq_span span, uint64_t seed);

/* k statistics of the same picks at once, into out[k]. */
typedef void rq_statistics_fn(double *out, const void *ctx, const size_t *picks, size_t n);

/* The same for k statistics, of spans[0..k), over `rounds` resamples. */
rq_status rq_bootstrap_many(rq_estimate *out, size_t k, rq_statistics_fn *statistics,
                            const void *ctx, size_t n, const rq_span *spans, size_t rounds,
                            uint64_t seed);

#endif
