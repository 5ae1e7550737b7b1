/* The table of classes of objects as CSV. */
#ifndef RQ_REPORTS_WRITERS_CLASS_AP_CSV_H
#define RQ_REPORTS_WRITERS_CLASS_AP_CSV_H

#include "reports/metrics/class_ap.h"

/* Writes a file, atomically: class, name, objects, found, ap. `names` by class, n_names of them;
 * may be NULL. */
rq_status rq_class_ap_save(const rq_class_ap *rows, size_t n, const char *const *names,
                           size_t n_names, const char *path);

#endif
