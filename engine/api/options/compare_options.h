/* What settings, checked against the tables of compare, come to below. */
#ifndef RQ_API_OPTIONS_COMPARE_OPTIONS_H
#define RQ_API_OPTIONS_COMPARE_OPTIONS_H

#include "engine/base/settings.h"
#include "reports/compare/compare.h"

/* NaN where the budget is not given. */
rq_status rq_compare_budgets_read(rq_budgets *out, const rq_settings *settings);

#endif
