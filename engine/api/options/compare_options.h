/* What settings, checked against the tables of compare, come to below. */
#ifndef RQ_API_OPTIONS_COMPARE_OPTIONS_H
#define RQ_API_OPTIONS_COMPARE_OPTIONS_H

#include "engine/base/settings.h"
#include "reports/compare/compare.h"

/* How long a pair of models is timed, in seconds; 0: not at all. */
rq_status rq_compare_seconds_read(double *out, const rq_settings *settings);
/* NaN where the budget is not given. */
rq_status rq_compare_budgets_read(rq_budgets *out, const rq_settings *settings);

/* Whether a speed that is not measurable now is only said, instead of failing its budget. */
rq_status rq_compare_speed_noise_read(bool *warns, const rq_settings *settings);

#endif
