/* What an output of a model is. Metrics, verdicts and advice follow it: the most likely class is
 * asked of classes only, and what is not known to be something is a tensor, of which SQNR and
 * cosine tell. */
#ifndef RQ_REPORTS_METRICS_OUTPUT_KIND_H
#define RQ_REPORTS_METRICS_OUTPUT_KIND_H

typedef enum rq_output_kind {
#define RQ_OUTPUT_KIND(id, word, prediction, help) RQ_OUTPUT_##id,
#include "reports/metrics/output_kinds.def"
#undef RQ_OUTPUT_KIND
    RQ_OUTPUT_KINDS
} rq_output_kind;

const char *rq_output_kind_word(rq_output_kind kind); /* "classes" */
const char *rq_output_kind_help(rq_output_kind kind); /* "a score for each class" */
/* What an adapter makes of it (rq_prediction_kind); 0: nothing. */
unsigned rq_output_kind_prediction(rq_output_kind kind);
/* The kind of what an adapter gives (bits of rq_prediction_kind); a tensor where that is unclear.
 */
rq_output_kind rq_output_kind_of_prediction(unsigned gives);

#endif
