/* Numbers as people read them. */
#ifndef RQ_REPORTS_UNITS_H
#define RQ_REPORTS_UNITS_H

#include "reports/fields.h"

#define RQ_NUMBER_TEXT 48
/* "12.3 %", "4.7 MB", "1.2 M", "21.4 dB", "identical" for +Inf dB, "-" for NaN; returns buffer.
 * ASCII only. */
const char *rq_unit_text(rq_unit unit, double x, char buffer[RQ_NUMBER_TEXT]);

/* A metric's value: two decimals at most, and its unit ("%", "dB", ""). */
const char *rq_metric_text(const char *unit, double x, char buffer[RQ_NUMBER_TEXT]);
/* The same as a change, with its sign (0 has none); percent become points. */
const char *rq_change_text(const char *unit, double x, char buffer[RQ_NUMBER_TEXT]);
/* "[95.4, 98.2]" in the metric's unit; "" when the interval is not known. */
const char *rq_interval_text(const char *unit, const rq_estimate *e, char buffer[RQ_NUMBER_TEXT]);
/* after / before as "26 %"; "-" when not known. */
const char *rq_ratio_text(double before, double after, char buffer[RQ_NUMBER_TEXT]);
/* before / after as "2.12x"; "-" when not known. */
const char *rq_factor_text(double before, double after, char buffer[RQ_NUMBER_TEXT]);

#endif
