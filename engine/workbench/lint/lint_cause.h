/* Where outputs die: the first layer on the way to them whose values hold NaN, or are the same for
 * all images. */
#ifndef RQ_WORKBENCH_LINT_LINT_CAUSE_H
#define RQ_WORKBENCH_LINT_LINT_CAUSE_H

#include "engine/run/workload.h"

typedef enum rq_lint_death { RQ_LINT_NAN, RQ_LINT_CONSTANT } rq_lint_death;

typedef struct rq_lint_cause {
    const rq_node *node; /* of the workload's graph; NULL: none was found */
    size_t images;       /* that were looked at */
    bool bad_constant;   /* NaN: a constant that the layer reads holds some; constant: all of its
                            weights are 0 */
    bool one_value;      /* constant: all numbers of its output are equal, as behind a ReLU that
                            only gets negative ones */
} rq_lint_cause;

/* Runs some of the workload's images, and looks at every value. Of NaN the layer is the first that
 * makes them of numbers (an input that holds them is one); of constants the first that does so of
 * values that differ. */
rq_status rq_lint_cause_find(rq_lint_cause *out, const rq_workload *workload, rq_lint_death death);

#endif
