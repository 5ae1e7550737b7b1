/* What costs an hour if nobody says it: looked at before the first image is run. */
#ifndef RQ_WORKBENCH_QUANTIZE_FIRST_CHECKS_H
#define RQ_WORKBENCH_QUANTIZE_FIRST_CHECKS_H

#include "engine/run/workload.h"

/* A workload that was fitted and listed; images are looked at where it is bound, too. RQ_EARG for
 * an adapter that cannot be opened. What is only doubtful is logged: weights that are NaN or
 * infinite; and becomes workload->input_warning for the report: mean and scale in other units than
 * pixels; or no preprocessing at all, which some images, run under a few seconds with other
 * preprocessings, speak for or against. */
rq_status rq_first_checks_run(rq_workload *workload);

#endif
