/* What settings, checked against the tables of procedures.h, come to below. */
#ifndef RQ_API_OPTIONS_PROCEDURE_SETTINGS_H
#define RQ_API_OPTIONS_PROCEDURE_SETTINGS_H

#include "engine/base/settings.h"
#include "engine/workbench/quantize/quantize_job.h"
#include "engine/workbench/tune/tune.h"
#include "reports/compare/compare.h"

/* What the settings ask of quantize, beside its workload and its output. The plan to follow (given)
 * is the caller's to destroy, after a failure too; all else borrows from the settings and the
 * arena. */
rq_status rq_quantize_options_read(rq_quantize_options *out, const rq_settings *settings,
                                   rq_arena *arena);
/* --max-drop or --min-sqnr, and --max-trials. */
rq_status rq_tune_budget_read(rq_tune_options *out, const rq_settings *settings);
/* NaN where the budget is not given. */
rq_status rq_compare_budgets_read(rq_budgets *out, const rq_settings *settings);

/* -o of quantize and tune; RQ_EARG without one. */
rq_status rq_output_read(const char **out, const rq_settings *settings);
/* --rounding-seconds, of quantize and tune. */
rq_status rq_rounding_seconds_read(double *out, const rq_settings *settings);

#endif
