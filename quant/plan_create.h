/* Making a plan: the only place that decides. */
#ifndef RQ_QUANT_PLAN_CREATE_H
#define RQ_QUANT_PLAN_CREATE_H

#include "quant/plan.h"
#include "quant/plan_inputs.h"

/* Decides everything from statistics; no inference. `stats` names values by rq_value_name; NULL
 * where only weights are quantized. `inputs` may be NULL. RQ_EFORMAT when a plan that is given is
 * for another model, or the statistics lack a value. */
rq_status rq_quant_plan_create(rq_quant_plan **out, const rq_bound *bound, const rq_stats *stats,
                               const rq_plan_options *options, const rq_plan_inputs *inputs);

#endif
