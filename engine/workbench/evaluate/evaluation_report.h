/* What an evaluation says, as a report has it, and whether that says anything. */
#ifndef RQ_WORKBENCH_EVALUATE_EVALUATION_REPORT_H
#define RQ_WORKBENCH_EVALUATE_EVALUATION_REPORT_H

#include "engine/workbench/evaluate/evaluate.h"
#include "reports/verdict.h"

/* Fills rows of accuracy and outputs, and what was found, in `arena`. */
rq_status rq_evaluation_fill_report(rq_report *out, const rq_evaluation *evaluation,
                                    rq_arena *arena);

/* What makes its figures suspicious; of a single model, as of an original. */
rq_status rq_evaluation_suspicions(rq_suspicions *out, const rq_evaluation *evaluation,
                                   rq_arena *arena);

/* *found: a sentence, in `arena`, why the figures of the first model say nothing; "the model" where
 * there is but one. NULL: they do. */
rq_status rq_evaluation_suspect(const char **found, const rq_evaluation *evaluation,
                                rq_arena *arena);

#endif
