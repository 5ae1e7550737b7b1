/* Statistics of the values that an equalization scales, as they are and as they become, from one
 * pass: the network that is there computes both. */
#ifndef RQ_WORKBENCH_SEARCH_SCALED_STATS_H
#define RQ_WORKBENCH_SEARCH_SCALED_STATS_H

#include "calib/stats.h"
#include "engine/run/workload.h"
#include "quant/equalize_scaled.h"

/* Copies of a network's statistics, with those values of the images of the pass. */
typedef struct rq_scaled_stats {
    rq_stats *before, *after;
} rq_scaled_stats;

/* Over the workload's images. `stats`: of its network; values that they lack are left out. */
rq_status rq_scaled_stats_gather(rq_scaled_stats *out, const rq_workload *workload,
                                 const rq_stats *stats, const rq_scaled_value *values, size_t n);
void rq_scaled_stats_close(rq_scaled_stats *stats); /* {0} again */

#endif
