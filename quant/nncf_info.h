/* What NNCF leaves in an IR's rt_info, under "nncf": how the model was quantized. Tools look there:
 * NNCF itself, the NPU plugin (the group size of weights). */
#ifndef RQ_QUANT_NNCF_INFO_H
#define RQ_QUANT_NNCF_INFO_H

#include "engine/ir/graph.h"
#include "quant/plan.h"

/* Replaces that section by the plan's settings, in NNCF 3.4's keys and words. `images`: how many
 * the ranges are of; 0: not known, and not written. What requant does otherwise than NNCF stands in
 * the section "requant", plan.json and the report. */
rq_status rq_nncf_info_set(rq_graph *graph, const rq_quant_plan *plan, size_t images);

#endif
