/* What a pass over the images has open. Private to lint_run*.c. */
#ifndef RQ_WORKBENCH_LINT_LINT_RUN_PARTS_H
#define RQ_WORKBENCH_LINT_LINT_RUN_PARTS_H

#include "engine/workbench/lint/lint_predictions.h"

typedef struct rq_lint_worker {
    rq_session *session, *watched; /* without observers, with them */
    rq_tensor *inputs;
    float *given, *varied; /* the image input's numbers */
} rq_lint_worker;

typedef struct rq_lint_runner {
    rq_lint *lint;
    rq_bound *bound;
    uint8_t *observed; /* by value id */
    size_t *row;       /* by value id: in ranges */
    rq_model *observing, *plain;
    rq_image_feed feed;
    rq_lint_predictions predictions;
    rq_id input; /* value id of the image input */
    int channels;
    bool channels_last;
    rq_lint_worker *workers;
} rq_lint_runner;

/* Models, variants and workers of runner->lint, whose facts have room; to be closed even after a
 * failure. Finds the layout that the model's input has. */
rq_status rq_lint_open_runner(rq_lint_runner *runner);
void rq_lint_close_runner(rq_lint_runner *runner);

#endif
