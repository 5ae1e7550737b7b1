/* What a scale costs: the inner loop of the scale search, over the pairs of one output channel.
 *
 * For each pair, x = w / scale, code = round half to even (x) clamped to +-limit, and when repair
 * is asked for, codes that could saturate int16 beside activation codes up to 255 are moved as
 * rq_pair_repair does. The error is m0 (x0 - code0)^2 + m1 (x1 - code1)^2.
 *
 * Sums are in double, in a fixed order: pair p of a block goes to lane p % 8, then lanes j and j +
 * 4 are added, j and j + 2, j and j + 1. All implementations agree bit by bit. */
#ifndef RQ_QUANT_WEIGHT_ERROR_H
#define RQ_QUANT_WEIGHT_ERROR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RQ_PAIR_LANES 8

/* One channel's weights, pairs apart, contiguous. `n` is a multiple of RQ_PAIR_LANES: what is
 * missing, and the partner of a single weight, is 0 with moment 0. */
typedef struct rq_weight_pairs {
    size_t n;
    float *w[2];
    double *mean_square[2]; /* all >= 0 */
    uint8_t *max_code[2];   /* largest activation codes; [0] NULL: 255 */
} rq_weight_pairs;

typedef struct rq_weight_trial {
    double inverse; /* 1 / scale */
    int limit;      /* of codes: 1..127 */
    bool repair;    /* int16 saturation */
} rq_weight_trial;

/* Error of pairs [first, first + n), in squares of codes; n is a multiple of RQ_PAIR_LANES. Adds
 * the pairs that were repaired to *repaired. */
typedef double rq_weight_error_fn(const rq_weight_pairs *pairs, size_t first, size_t n,
                                  const rq_weight_trial *trial, size_t *repaired);

/* The best implementation for this CPU and these pairs. */
rq_weight_error_fn *rq_weight_error_get(const rq_weight_pairs *pairs);

/* The implementations, for tests, where rq_cpu_has says so; only the plain one takes pairs with
 * max_code. */
rq_weight_error_fn rq_weight_error_plain;
rq_weight_error_fn rq_weight_error_avx2;
rq_weight_error_fn rq_weight_error_avx512;

#endif
