/* Ranges by what they do to the network's outputs. An estimator sees one value and its consumers;
 * whether what it clips matters is decided layers later (a Relu, a gate that closes). */
#ifndef RQ_WORKBENCH_SEARCH_RANGE_SEARCH_H
#define RQ_WORKBENCH_SEARCH_RANGE_SEARCH_H

#include "engine/workbench/search/output_error.h"
#include "quant/plan.h"

typedef struct rq_range_search {
    const char **point_estimators; /* for rq_plan_inputs; allocated */
    char reason[160];              /* what spoke for them */
} rq_range_search;

/* With activations alone quantized, every estimator of a short list is tried everywhere, then the
 * best ones in stretches of the network. Leaves `out` empty where the choice per value stands.
 * `options->range` is NULL. */
rq_status rq_range_search_run(rq_range_search *out, const rq_workload *workload,
                              const rq_stats *stats, const rq_plan_options *options);
void rq_range_search_close(rq_range_search *found);

#endif
