/* The values of a network that statistics are gathered of: what a plan may need, and what becomes
 * of them in an equalized network. Private to engine/workbench/calibrate. */
#ifndef RQ_WORKBENCH_CALIBRATE_CALIBRATE_VALUES_H
#define RQ_WORKBENCH_CALIBRATE_CALIBRATE_VALUES_H

#include "engine/workbench/calibrate/scaled_values.h"
#include "quant/plan.h"

typedef struct rq_calibrate_values {
    const rq_bound *bound;   /* borrowed, as is `scaled` */
    rq_scaled_values scaled; /* {0}: none */
    uint8_t *observed;       /* by value id: 0, or how it may lie in memory (rq_exec_options) */
    int *axes;               /* by value id: of the channels */
    uint32_t *index;         /* by value id: in the statistics, once they are added */
    uint32_t *scaled_index;  /* by scaled value: likewise; RQ_NONE: not gathered */
} rq_calibrate_values;

/* Also after a failure, to be closed. */
rq_status rq_calibrate_values_choose(rq_calibrate_values *out, const rq_bound *bound,
                                     const rq_scaled_values *scaled);
void rq_calibrate_values_close(rq_calibrate_values *values);

/* To statistics that have all of them already, or none. */
rq_status rq_calibrate_values_add(rq_calibrate_values *values, rq_stats *stats);

/* Statistics have all of them, along the same channels; *others: others, too. */
bool rq_calibrate_values_are_in(const rq_calibrate_values *values, const rq_stats *stats,
                                bool *others);
/* A copy without the others, of statistics that they were added to; a shard is not copied. */
rq_status rq_calibrate_values_select(rq_stats **out, const rq_calibrate_values *values,
                                     const rq_stats *from);

#endif
