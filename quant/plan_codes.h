/* The codes of a plan as they were, to take back what rounding has made of them. */
#ifndef RQ_QUANT_PLAN_CODES_H
#define RQ_QUANT_PLAN_CODES_H

#include "quant/plan.h"

typedef struct rq_plan_codes {
    rq_plan_weight *weights;
    rq_plan_compressed *compressed;
} rq_plan_codes;

/* Copies in the plan's arena: codes, scales, zero points, biases. `bound` is the plan's. */
rq_status rq_plan_codes_copy(rq_plan_codes *out, const rq_quant_plan *plan, const rq_bound *bound);

/* The plan's again; layers without a word about their rounding get `reason`, a constant text. */
void rq_plan_codes_restore(rq_quant_plan *plan, const rq_plan_codes *codes, const char *reason);

#endif
