/* Layers whose output in INT8 would be more noise than signal, as convolutions on raw sound before
 * a logarithm: measured on a few images, and left in floating point. */
#ifndef RQ_WORKBENCH_SEARCH_NOISY_LAYERS_H
#define RQ_WORKBENCH_SEARCH_NOISY_LAYERS_H

#include "engine/base/memo.h"
#include "engine/run/workload.h"
#include "quant/plan.h"

/* Adds a rule to the options' scope for each such layer, in the workload's arena, and says so in
 * the log. The workload has images and statistics of them. `memo`: for the plans; or NULL. */
rq_status rq_noisy_layers_find(rq_plan_options *options, const rq_workload *workload,
                               const rq_stats *stats, rq_memo *memo);

#endif
