/* Statistics of a network before and after it is equalized, from one pass: values that are scaled
 * are told from what they were. */
#ifndef RQ_WORKBENCH_SEARCH_SCALED_STATS_H
#define RQ_WORKBENCH_SEARCH_SCALED_STATS_H

#include "calib/stats.h"
#include "engine/run/workload.h"
#include "quant/equalize_scaled.h"

typedef struct rq_scaled_stats {
    rq_stats *before, *after;
} rq_scaled_stats;

/* Over the workload's images, of the values of its network that `stats` have. */
rq_status rq_scaled_stats_gather(rq_scaled_stats *out, const rq_workload *workload,
                                 const rq_stats *stats, const rq_scaled_value *values, size_t n);
void rq_scaled_stats_close(rq_scaled_stats *stats); /* {0} again */

#endif
