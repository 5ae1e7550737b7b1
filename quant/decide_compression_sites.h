/* The constants that a plan compresses, and who reads them. */
#ifndef RQ_QUANT_DECIDE_COMPRESSION_SITES_H
#define RQ_QUANT_DECIDE_COMPRESSION_SITES_H

#include "quant/plan.h"
#include "quant/plan_file.h"

/* Fills plan->compressed but for codes: weights of the placement behind
 * plan->n_weights, and tables that a Gather reads row after row (of a plan to follow, those that it
 * names); in topological order of the first reader. Readers of one constant that see the same
 * channels share an entry, whose precision is the highest asked for. Weights that are not finite
 * stay as they are: plan->placement->ignored says so. */
rq_status rq_compress_sites_find(rq_quant_plan *plan, const rq_bound *bound,
                                 const rq_plan_file *given);

#endif
