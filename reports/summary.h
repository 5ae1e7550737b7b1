/* The report in one glance: does it still work, how much smaller, how much faster, which
 * layer has the largest error. */
#ifndef RQ_REPORTS_SUMMARY_H
#define RQ_REPORTS_SUMMARY_H

#include "engine/base/text.h"
#include "reports/verdict.h"

typedef struct rq_summary {
    rq_headline headline;        /* of the report: the metric that is told first */
    rq_verdict verdict;          /* suspicious wherever a suspicion holds, with a loss or without */
    rq_verdict accuracy_verdict; /* rq_verdict_of_accuracy */
    rq_suspicions suspicions;
    const rq_report_speed *speed;     /* NULL: not measured; its noise: nothing is said of it */
    const rq_report_layer *worst;     /* lowest SQNR; NULL: not measured, or nothing changed */
    double before_bytes, after_bytes; /* of all files; of weights when files are not known */
} rq_summary;

/* What terminal, page, Markdown, report.json and exit statuses say of a result: all ask here. */
void rq_summarise(rq_summary *out, const rq_report *report);

/* It is worse than the original, which tells something. */
bool rq_has_loss(const rq_summary *summary);

/* rq_verdict_limit and rq_verdict_title of it. */
const char *rq_summary_limit(const rq_summary *summary, char buffer[RQ_LIMIT_TEXT]);
const char *rq_summary_title(const rq_summary *summary);
/* What looks for the cause of the first suspicion; there is one. */
void rq_summary_command(rq_buf *out, const rq_summary *summary);

/* Plain ASCII: the first suspicion, and what happened to accuracy, size and, where noise permits,
 * speed. */
void rq_summary_sentence(rq_buf *out, const rq_summary *summary);

/* What ran the models and in what: "openvino, floats in bf16". */
#define RQ_SPEED_NAME 64
const char *rq_speed_name(const rq_report_speed *speed, char buffer[RQ_SPEED_NAME]);

/* The n layers with the lowest SQNR below +Inf, worst first, into list[n]; how many. None that
 * stays in the precision that it had. */
size_t rq_worst_layers(const rq_report_layer **list, size_t n, const rq_report *report);

#endif
