/* What making one plan borrows beside the options: nothing of it is kept or saved. */
#ifndef RQ_QUANT_PLAN_INPUTS_H
#define RQ_QUANT_PLAN_INPUTS_H

#include "quant/plan_file.h"

/* {0}: nothing, on one thread. */
typedef struct rq_plan_inputs {
    const rq_plan_file *given; /* a plan to follow: its precisions, ranges and scales are taken;
                                  what its edits leave open (a value that is quantized now and
                                  was not) is decided from the statistics. NULL: none */
    const char *const *point_estimators; /* by point of the placement: its estimator instead of the
                                        options' `range`, NULL for that; NULL: none */
    const char *point_reason;            /* what spoke for them */
    bool activations_only;               /* weights stay as they are: to try ranges */
    unsigned threads;                    /* workers; 0 is 1. Plans do not depend on it */
} rq_plan_inputs;

#endif
