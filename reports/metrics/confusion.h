/* Which classes are taken for which. */
#ifndef RQ_REPORTS_METRICS_CONFUSION_H
#define RQ_REPORTS_METRICS_CONFUSION_H

#include "engine/base/text.h"
#include "reports/metrics/interval.h"
#include "reports/metrics/measure.h"

/* One class of the truth. */
typedef struct rq_class_row {
    int64_t class_id;
    size_t images, right;
    rq_estimate accuracy; /* %, with Wilson's interval */
    int64_t taken_for; /* the most frequent wrong prediction, the lower of equal ones; -1: none */
    size_t taken;      /* how often */
} rq_class_row;

typedef struct rq_confusion {
    size_t classes;
    size_t *counts;      /* [classes * classes]: truth, prediction */
    size_t *unpredicted; /* [classes]: no prediction at all (NaN) */
    rq_class_row *rows;  /* classes that have images, ascending */
    size_t n_rows;
} rq_confusion;

/* Of the model after (or the only one), into the arena; images without a label are left out.
 * RQ_EARG when there are more classes than RQ_CONFUSION_CLASSES. */
#define RQ_CONFUSION_CLASSES 5000
rq_status rq_confusion_make(rq_confusion *out, const rq_measure *measure, rq_arena *arena);

#endif
