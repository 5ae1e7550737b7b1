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

/* What one estimator finds. */
typedef struct rq_range_candidate {
    bool is_estimated, is_measured;
    float low, high;
    double noise; /* over signal, at the consumers' outputs */
} rq_range_candidate;

/* Of the estimators whose limits leave the least noise under target->gain, or at most 0.2 dB more,
 * the widest: it clips least of what other images bring. `candidates`: one for each estimator, of
 * this value and target; those that are known from before are taken, the others filled in. */
rq_status rq_range_choose(rq_range_choice *out, rq_range_candidate *candidates,
                          const rq_stats_value *value, const rq_range_target *target);
/* The same with the estimator given by name, which gives no reason. RQ_EARG for one that is not
 * known. */
rq_status rq_range_choose_named(rq_range_choice *out, rq_range_candidate *candidates,
                                const char *estimator, const rq_stats_value *value,
                                const rq_range_target *target);
/* Would neither have to estimate anything? `estimator`: NULL for all. */
bool rq_range_is_known(const rq_range_candidate *candidates, const char *estimator);

#endif
