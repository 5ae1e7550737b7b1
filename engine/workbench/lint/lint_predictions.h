/* Masks and boxes that a network finds under each preprocessing: how well they meet the truth, or,
 * without one, how many boxes it is sure of. */
#ifndef RQ_WORKBENCH_LINT_LINT_PREDICTIONS_H
#define RQ_WORKBENCH_LINT_LINT_PREDICTIONS_H

#include "engine/workbench/evaluate/predictions.h"
#include "engine/workbench/lint/lint.h"

typedef struct rq_lint_predictions {
    rq_predictions read;
    rq_lint_found found;            /* what is scored; RQ_LINT_FOUND_NOTHING: nothing can be */
    struct rq_lint_scorer *scorers; /* by worker */
    unsigned threads;
    size_t n_outputs;
} rq_lint_predictions;

/* `plan`: how images become inputs; `arena`: of what is needed while it opens. After a failure too,
 * to be closed. */
rq_status rq_lint_predictions_open(rq_lint_predictions *out, const rq_workload *workload,
                                   const rq_model *model, const rq_image_plan *plan,
                                   rq_arena *arena);
void rq_lint_predictions_close(rq_lint_predictions *predictions);

/* Of the outputs that `session` has for the image: 0..1, or a sum of scores of boxes. NaN: the
 * image has nothing to find. */
rq_status rq_lint_predictions_score(double *score, const rq_lint_predictions *predictions,
                                    const rq_pipeline_image *at, const rq_session *session);

#endif
