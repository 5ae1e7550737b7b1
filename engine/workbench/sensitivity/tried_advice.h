/* Advice that was tried: lines about what gained, with what it gained. */
#ifndef RQ_WORKBENCH_SENSITIVITY_TRIED_ADVICE_H
#define RQ_WORKBENCH_SENSITIVITY_TRIED_ADVICE_H

#include "engine/workbench/sensitivity/plan_trials.h"
#include "reports/report.h"

#define RQ_MAX_EXCLUDED 4 /* layers that are tried one by one */
#define RQ_MAX_TRIED_LINES (RQ_MAX_EXCLUDED + 3)

typedef struct rq_tried_advice {
    rq_arena *arena; /* of the lines' texts; borrowed */
    rq_report_advice lines[RQ_MAX_TRIED_LINES];
    size_t n;
    rq_plan_trial excluded[RQ_MAX_EXCLUDED]; /* what came of each candidate */
} rq_tried_advice;

typedef struct rq_tried_options {
    const size_t *candidates; /* parts to exclude, the most promising first */
    size_t n_candidates;      /* the first RQ_MAX_EXCLUDED are tried */
    double before_db;         /* SQNR to start lines from; NAN: the trials' own */
    const rq_report *report;  /* for the times of layers; NULL: none */
} rq_tried_options;

/* Excludes candidates, one by one and all that gain together; then asymmetric codes and the widest
 * ranges, where the plan has others. Lines only of what is confirmed. */
rq_status rq_tried_advice_make(rq_tried_advice *out, rq_plan_trials *trials,
                               const rq_tried_options *options, rq_arena *arena);

/* The parts to suspect without a measurement, at most n; how many: the last, whose noise is the
 * output's, the first, and those whose own rounding (weights and what they read, with exact inputs)
 * is largest beside their signal. */
size_t rq_suspected_parts(size_t *out, size_t n, const rq_parts *parts);

#endif
