/* How well each class of objects is found. */
#ifndef RQ_REPORTS_METRICS_CLASS_AP_H
#define RQ_REPORTS_METRICS_CLASS_AP_H

#include "reports/metrics/measure.h"

typedef struct rq_class_ap {
    int32_t class_id;
    size_t objects; /* of the truth that count */
    size_t found;   /* boxes that the model shows, right or wrong */
    double ap;      /* %, area under precision over recall at an IoU of 0.5, as in VOC mAP */
} rq_class_ap;

/* Of the model after (or the only one), or of the one before, classes with objects, ascending, into
 * the arena; none where no boxes were measured against a truth. The mean of `ap` is VOC mAP. */
rq_status rq_class_ap_make(rq_class_ap **rows, size_t *n, const rq_measure *measure, bool before,
                           rq_arena *arena);

#endif
