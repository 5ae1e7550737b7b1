/* The table of classes of objects as CSV. */
#ifndef RQ_REPORTS_WRITERS_CLASS_AP_CSV_H
#define RQ_REPORTS_WRITERS_CLASS_AP_CSV_H

#include "engine/base/text.h"
#include "reports/metrics/class_ap.h"

/* A line for each: class, name, objects, found, ap. `names` by class, n_names of them; may be NULL.
 */
void rq_class_ap_csv(rq_buf *out, const rq_class_ap *rows, size_t n, const char *const *names,
                     size_t n_names);

#endif
