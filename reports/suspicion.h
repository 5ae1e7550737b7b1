/* What makes a result suspicious, whatever its figures say. */
#ifndef RQ_REPORTS_SUSPICION_H
#define RQ_REPORTS_SUSPICION_H

#include "reports/report.h"

/* The row that a report is summarised by. */
typedef struct rq_headline {
    const rq_report *report;
    const rq_report_accuracy *accuracy;      /* NULL: nothing was measured */
    const rq_report_accuracy *uninformative; /* the first row, where it has next to nothing to lose;
                                                else NULL */
    const char *original;                    /* what sentences call the model before */
} rq_headline;

typedef enum rq_suspicion_rule {
#define RQ_SUSPICION(id, rule, brief, text) RQ_SUSPICION_##id,
#define RQ_MINIMUM(metric, good, bad, before, after)
#define RQ_LOSS(id, good, bad, before, after)
#include "reports/limits.def"
#undef RQ_SUSPICION
#undef RQ_MINIMUM
#undef RQ_LOSS
    RQ_SUSPICIONS
} rq_suspicion_rule;

/* A rule of limits.def that holds. */
typedef struct rq_suspicion {
    const char *rule, *brief, *limit; /* its name and its texts in the table */
    char found[256];                  /* what holds here, a sentence without its point */
    bool of_original; /* the original tells nothing, so that nothing compared with it does */
} rq_suspicion;

/* In the order of the table. */
typedef struct rq_suspicions {
    rq_suspicion list[RQ_SUSPICIONS];
    size_t n;
} rq_suspicions;

/* Whether there is a change that may be chance: its interval holds 0. */
bool rq_is_not_significant(const rq_report_accuracy *row);

/* Whether OpenVINO computes something else than requant, of an output whose values say that. */
bool rq_deployment_differs(const rq_report *report, const rq_report_deployment *row);

void rq_suspicions_find(rq_suspicions *out, const rq_headline *headline);
/* Of outputs that are NaN or the same for all images: whatever else is asked of them. */
bool rq_suspicion_is_dead(const rq_suspicion *suspicion);
/* The first that says that the original tells nothing; NULL: none does. */
const rq_suspicion *rq_suspicion_of_original(const rq_suspicions *suspicions);

#endif
