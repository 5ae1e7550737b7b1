/* What tune tried, for people. */
#ifndef RQ_REPORTS_WRITERS_TRIALS_TEXT_H
#define RQ_REPORTS_WRITERS_TRIALS_TEXT_H

#include "engine/base/text.h"
#include "reports/report.h"

/* The table of n trials, with what it is of; nothing of no trials. `columns`: characters of a line;
 * 0: no limit. Memory that is short makes `out` fail. */
void rq_trials_text(rq_buf *out, const rq_report_budget *budget, const rq_report_trial *trials,
                    size_t n, size_t columns);

#endif
