/* The verdict on accuracy: by limits.def, or by the budget that the run was to keep. */
#ifndef RQ_REPORTS_VERDICT_H
#define RQ_REPORTS_VERDICT_H

#include "reports/suspicion.h"

typedef enum rq_verdict {
    RQ_VERDICT_UNKNOWN,
    RQ_VERDICT_GOOD,
    RQ_VERDICT_REVIEW,
    RQ_VERDICT_BAD,
    RQ_VERDICT_SUSPICIOUS, /* the figures may say nothing */
    RQ_VERDICTS
} rq_verdict;

/* The row that the report's budget is about; else the first that tells something. */
rq_headline rq_headline_find(const rq_report *report);

/* By the limit, or by the budget, as if nothing were suspicious. */
rq_verdict rq_verdict_of_accuracy(const rq_headline *headline);

/* "good", as report.json has it. */
const char *rq_verdict_word(rq_verdict verdict);

/* What RQ_VERDICT_GOOD means for the headline: "the loss is at most 1 point"; "" without one. */
#define RQ_LIMIT_TEXT 160
const char *rq_verdict_limit(const rq_headline *headline, char buffer[RQ_LIMIT_TEXT]);
/* The same as an option of tune: "--max-drop 1"; "" without a limit. */
const char *rq_verdict_option(const rq_headline *headline, char buffer[RQ_LIMIT_TEXT]);
const char *rq_verdict_title(rq_verdict verdict, const rq_headline *headline);

/* Whether a loss is within a budget: tune and the report ask the same. `drop` is in the budget's
 * unit; with min_value, what is missing. NaN: not known, and not met. */
double rq_budget_drop(const rq_report_budget *budget, double before, double after,
                      bool higher_is_better);
double rq_budget_missed(const rq_report_budget *budget,
                        double drop); /* by so much; negative: not */
bool rq_budget_is_met(const rq_report_budget *budget, double drop);

#endif
