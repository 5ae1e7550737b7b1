/* How many times as fast a model became. */
#ifndef RQ_REPORTS_SPEEDUP_H
#define RQ_REPORTS_SPEEDUP_H

#include "reports/report.h"

/* Median time before over median time after, noise or not. */
double rq_speed_ratio(const rq_report_speed *speed);
/* The same; NaN where noise hides it. */
double rq_speedup(const rq_report_speed *speed);

#endif
