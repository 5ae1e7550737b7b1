/* The operands of `requant compare`: reports and their plans. */
#ifndef RQ_WORKBENCH_COMPARE_COMPARE_RUNS_H
#define RQ_WORKBENCH_COMPARE_COMPARE_RUNS_H

#include "engine/workbench/compare/compare_models.h"
#include "quant/plan_diff.h"
#include "reports/compare/compare.h"

typedef struct rq_compare_runs {
    rq_arena *arena;
    rq_compare_run *runs; /* [n] */
    size_t n;
    bool *measured;             /* [n]: a model rather than a report */
    rq_compare_change *changes; /* of plans against the first of their kind */
    size_t n_changes;
    rq_compare_models models; /* operands that are models */
    rq_plan_file **plans;     /* [n]; NULL: that run has none */
    rq_plan_diff **diffs;     /* [n] */
} rq_compare_runs;

/* operands[n]: folders with a report.json, such files, or models, which `options` (NULL: there are
 * no data to measure with, RQ_EARG) say how to measure. `baseline`: the name of a run, or its
 * operand, that becomes the first; NULL: the first one is; RQ_EARG where there is no such run. All
 * borrowed. */
rq_status rq_compare_runs_open(rq_compare_runs *out, const char *const *operands, size_t n,
                               const char *baseline, const rq_compare_models_options *options,
                               rq_arena *arena);
void rq_compare_runs_close(rq_compare_runs *runs);

#endif
