/* Ranges, and whether they are symmetric, by what they do to the network's outputs. An estimator
 * sees one value and its consumers; whether what it clips matters is decided layers later (a Relu,
 * a gate that closes). */
#ifndef RQ_WORKBENCH_SEARCH_RANGE_SEARCH_H
#define RQ_WORKBENCH_SEARCH_RANGE_SEARCH_H

#include "engine/workbench/search/search_images.h"
#include "quant/plan_inputs.h"

typedef struct rq_range_search {
    rq_point_range *point_ranges; /* for rq_plan_inputs; allocated; NULL: as the options say */
    char reason[160];             /* what spoke for them */
    rq_range_cache ranges;        /* that were found, for the plan to be */
} rq_range_search;

/* Whether they leave anything open. */
bool rq_range_search_is_open(const rq_plan_options *options);

/* What the options leave open, their range or their preset, is searched with weights at the
 * nearest codes: every candidate of a short list is tried for all values. Zero points have to bring
 * a tenth of a decibel for each percent of the network's time that they cost
 * (placement/zero_points.h). What is found is kept where holdout images gain by it; else, and where
 * nothing is open, `out` is empty. */
rq_status rq_range_search_run(rq_range_search *out, const rq_workload *workload,
                              rq_search_images *images, const rq_stats *stats,
                              const rq_plan_options *options);
void rq_range_search_close(rq_range_search *found);

#endif
