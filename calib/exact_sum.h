/* A sum of doubles that does not depend on the order or grouping of what is added, so that shards
 * of a calibration merge to the same bits as one run.
 *
 * A number is cut into digits of 32 bits at fixed places (digit e weighs 2^(32 e)); the three
 * places from the highest one ever touched downwards are summed as integers, lower ones are
 * dropped. What is dropped depends only on the set of numbers, never on their order; it is below
 * 2^-64 of the largest number's digit. Idea: Demmel and Nguyen, "Parallel Reproducible Summation",
 * IEEE Trans. Computers 64(7), 2015, with integer bins. */
#ifndef RQ_CALIB_EXACT_SUM_H
#define RQ_CALIB_EXACT_SUM_H

#include <stdint.h>

#define RQ_SUM_DIGITS 3
#define RQ_SUM_NO_TOP (-40) /* below the digit of the smallest double */
#define RQ_SUM_MAX_TOP 31   /* the digit of the largest double */

/* Value: sum over k of digit[k] * 2^(32 (top - k)). Digits are not normalised: each is the plain
 * sum of up to 2^30 numbers' digits. */
typedef struct rq_exact_sum {
    int64_t digit[RQ_SUM_DIGITS];
    int32_t top; /* RQ_SUM_NO_TOP while all is zero */
} rq_exact_sum;

#define RQ_EXACT_SUM_ZERO ((rq_exact_sum){{0}, RQ_SUM_NO_TOP})

void rq_exact_sum_add(rq_exact_sum *sum, double x); /* x is finite */
void rq_exact_sum_merge(rq_exact_sum *into, const rq_exact_sum *from);
double rq_exact_sum_value(const rq_exact_sum *sum);

#endif
