/* The report in one glance: does it still work, how much smaller, how much faster, which
 * layer has the largest error. */
#ifndef RQ_REPORTS_SUMMARY_H
#define RQ_REPORTS_SUMMARY_H

#include "engine/base/text.h"
#include "reports/report.h"

typedef enum rq_verdict {
    RQ_VERDICT_UNKNOWN,
    RQ_VERDICT_GOOD,
    RQ_VERDICT_REVIEW,
    RQ_VERDICT_BAD
} rq_verdict;

typedef struct rq_summary {
    const rq_report *report;
    rq_verdict verdict;
    const rq_report_accuracy *accuracy;      /* the headline metric; NULL: not measured */
    const rq_report_accuracy *uninformative; /* the first metric, where it tells nothing: a share of
                                       next to 0 before has nothing to lose; else NULL */
    const rq_report_speed *speed;     /* NULL: not measured; its noise: nothing is said of it */
    const rq_report_layer *worst;     /* lowest SQNR; NULL: not measured, or nothing changed */
    double before_bytes, after_bytes; /* of xml and bin; of weights when files are not known */
} rq_summary;

/* Limits of good and bad, where the user set none, are a table by metric: a drop of up to 1 point,
 * or of 1 % where the metric is not in percent, an agreement of 98 %, 20 dB, a cosine of 0.995 are
 * good; beyond 3 points, 3 %, 95 %, 10 dB, 0.95 it is bad. The mean over outputs is not good where
 * one that counts is bad. */
void rq_summarise(rq_summary *out, const rq_report *report);

/* Measured, and not good. */
static inline bool rq_has_loss(const rq_summary *summary)
{
    return summary->verdict == RQ_VERDICT_REVIEW || summary->verdict == RQ_VERDICT_BAD;
}

/* What RQ_VERDICT_GOOD means for a row that has it: "the loss is at most 1 point". */
const char *rq_verdict_limit(const rq_report_accuracy *row);
const char *rq_verdict_title(rq_verdict verdict); /* "Accuracy preserved", ... */

/* One sentence of plain ASCII: what happened to accuracy, size and, where noise permits, speed. */
void rq_summary_sentence(rq_buf *out, const rq_summary *summary);

/* What ran the models and in what: "openvino, floats in bf16". */
#define RQ_SPEED_NAME 64
const char *rq_speed_name(const rq_report_speed *speed, char buffer[RQ_SPEED_NAME]);

/* Whether there is a change that may be chance: its interval holds 0. */
bool rq_is_not_significant(const rq_report_accuracy *row);

/* The n layers with the lowest SQNR below +Inf, worst first, into list[n]; how many. */
size_t rq_worst_layers(const rq_report_layer **list, size_t n, const rq_report *report);

#endif
