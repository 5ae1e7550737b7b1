/* Tuning for people. */
#ifndef RQ_WORKBENCH_TUNE_TUNE_TEXT_H
#define RQ_WORKBENCH_TUNE_TUNE_TEXT_H

#include "engine/workbench/tune/tune.h"

/* The Pareto table, and why each layer was ignored. */
/* `columns`: characters of a line of the table; 0: no limit. */
rq_status rq_tune_text(rq_buf *out, const rq_tuning *tune, size_t columns);

#endif
