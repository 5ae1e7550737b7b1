/* What settings, checked against the tables of tune, come to below. */
#ifndef RQ_API_OPTIONS_TUNE_OPTIONS_H
#define RQ_API_OPTIONS_TUNE_OPTIONS_H

#include "engine/base/settings.h"
#include "engine/workbench/tune/tune.h"

/* --max-drop or --min-sqnr, and --max-trials. */
rq_status rq_tune_budget_read(rq_tune_options *out, const rq_settings *settings);

#endif
