/* Tuning for people. */
#ifndef RQ_WORKBENCH_TUNE_TUNE_TEXT_H
#define RQ_WORKBENCH_TUNE_TUNE_TEXT_H

#include "engine/workbench/tune/tune.h"

/* The trials of a search that found nothing. */
rq_status rq_tune_trials_text(rq_buf *out, const rq_tuning *tune);
/* Why each layer of the best trial is ignored. */
rq_status rq_tune_reasons_text(rq_buf *out, const rq_tuning *tune);

#endif
