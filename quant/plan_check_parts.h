/* The parts of rq_plan_file_check, for plan_check*.c only. All fail with RQ_EFORMAT. */
#ifndef RQ_QUANT_PLAN_CHECK_PARTS_H
#define RQ_QUANT_PLAN_CHECK_PARTS_H

#include "quant/plan_file.h"

/* "value 'x' is absent, in the plan quantized" */
rq_status rq_plan_other_model(const rq_plan_file *file, const rq_graph *graph, const char *what,
                              const char *name, const char *found, const char *expected);
/* That, unless both are as many. */
rq_status rq_plan_check_channels(const rq_plan_file *file, const rq_graph *graph, const char *what,
                                 const char *name, size_t found, size_t expected);

rq_status rq_plan_check_activations(const rq_plan_file *file, const rq_bound *bound);

#endif
