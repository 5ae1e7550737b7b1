/* `--range auto`: every estimator's range, judged by what it costs at the outputs of the value's
 * consumers. */
#ifndef RQ_QUANT_RANGE_AUTO_H
#define RQ_QUANT_RANGE_AUTO_H

#include "calib/range.h"

#define RQ_CHOICE_TEXT 160

typedef struct rq_range_choice {
    float low, high; /* the chosen range */
    const char *estimator;
    char
        reason[RQ_CHOICE_TEXT]; /* "SQNR at the consumers' outputs: sqnr 43.1 dB, minmax 40.2 dB" */
} rq_range_choice;

/* Of the estimators whose limits leave the least noise under target->gain, or at most 0.2 dB more,
 * the widest: it clips least of what other images bring. */
rq_status rq_range_choose(rq_range_choice *out, const rq_stats_value *value,
                          const rq_range_target *target);

#endif
