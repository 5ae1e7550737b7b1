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
} rq_headline;

typedef enum rq_suspicion {
#define RQ_SUSPICION(id, text) RQ_SUSPICION_##id,
#define RQ_MINIMUM(metric, good, bad, before, after)
#define RQ_LOSS(id, good, bad, before, after)
#include "reports/limits.def"
#undef RQ_SUSPICION
#undef RQ_MINIMUM
#undef RQ_LOSS
    RQ_SUSPICIONS
} rq_suspicion;

/* Whether there is a change that may be chance: its interval holds 0. */
bool rq_is_not_significant(const rq_report_accuracy *row);

/* The first of the table that holds, and a sentence of it in `out`; RQ_SUSPICIONS: none. */
rq_suspicion rq_suspicion_find(char *out, size_t room, const rq_headline *headline);

#endif
