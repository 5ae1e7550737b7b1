/* Tuning for people. */
#ifndef RQ_WORKBENCH_TUNE_TUNE_TEXT_H
#define RQ_WORKBENCH_TUNE_TUNE_TEXT_H

#include "engine/workbench/tune/tune.h"

/* The Pareto table, and why each layer was ignored. */
rq_status rq_tune_text(rq_buf *out, const rq_tuning *tune);

#endif
