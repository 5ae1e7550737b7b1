/* Preset auto: which values get codes with a zero point. */
#ifndef RQ_QUANT_DECIDE_ZERO_POINTS_H
#define RQ_QUANT_DECIDE_ZERO_POINTS_H

#include "quant/plan.h"

/* out[point of plan->placement]: a zero point makes the step smaller by more than half a decibel
 * and a tenth for each percent of time that its readers lose by it (placement/zero_points.h).
 * Points of one group are alike. RQ_EARG when the statistics lack a value. */
rq_status rq_decide_zero_points(bool *out, const rq_quant_plan *plan, const rq_bound *bound,
                                const rq_stats *stats);

#endif
