/* Filter banks before a logarithm, as a spectrum of sound is computed: products by constants, sums
 * and squares of them, and then Log. A logarithm reads relative errors, of quiet bands as of loud
 * ones, which one scale for all of a signal's bands cannot keep small: SQNR over the whole layer,
 * which the loud ones make, does not show it. Whether it matters the outputs tell, on a few images.
 */
#ifndef RQ_WORKBENCH_SEARCH_FILTER_BANKS_H
#define RQ_WORKBENCH_SEARCH_FILTER_BANKS_H

#include "engine/base/memo.h"
#include "engine/run/workload.h"
#include "quant/plan.h"

/* banks[node id], false before: a layer of products that leads to a Log, without an activation
 * between products. *n: how many there are. */
rq_status rq_filter_banks_mark(bool *banks, size_t *n, const rq_bound *bound);

/* Where the outputs gain by it, all of them stay in floating point: adds a rule for each to the
 * options' scope, in the workload's arena, and says so in the log. The workload has images and
 * statistics of them. `memo`: for the plans; or NULL. */
rq_status rq_filter_banks_find(rq_plan_options *options, const rq_workload *workload,
                               const rq_stats *stats, rq_memo *memo);

#endif
