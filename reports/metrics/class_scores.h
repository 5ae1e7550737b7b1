/* How well each class does before and after: AP of boxes, IoU of masks, accuracy of classes. */
#ifndef RQ_REPORTS_METRICS_CLASS_SCORES_H
#define RQ_REPORTS_METRICS_CLASS_SCORES_H

#include "reports/metrics/measure.h"

/* Rows of the first of them that was measured, what lost most first; none where nothing was.
 * `names` by class, n_names of them, borrowed; may be NULL. */
rq_status rq_class_scores_make(rq_report_class **rows, size_t *n, const rq_measure *measure,
                               const char *const *names, size_t n_names, rq_arena *arena);

/* IoU in % of each class below `classes` over the records of the metrics of masks; NaN: neither
 * has pixels of it. items[c]: pixels of the truth. */
rq_status rq_mask_class_iou(double *iou, double *items, size_t classes, const rq_records *records);
/* Above all classes in the records. */
size_t rq_mask_count_classes(const rq_records *records);

#endif
