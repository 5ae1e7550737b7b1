/* A search that found nothing. */
#ifndef RQ_WORKBENCH_TUNE_TUNE_FAILURE_H
#define RQ_WORKBENCH_TUNE_TUNE_FAILURE_H

#include "engine/workbench/tune/tune.h"

/* RQ_EBUDGET: how near the trials came, on the images to choose on or, where some met the budget
 * there, on the others; and how to go on. */
rq_status rq_tune_fail_trials(const rq_tuning *tune);

#endif
