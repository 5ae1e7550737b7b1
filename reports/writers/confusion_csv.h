/* The table of which class was taken for which, for spreadsheets. */
#ifndef RQ_REPORTS_WRITERS_CONFUSION_CSV_H
#define RQ_REPORTS_WRITERS_CONFUSION_CSV_H

#include "engine/base/text.h"
#include "reports/metrics/confusion.h"

/* CSV: a line of class names (or numbers), then a line for each class of the truth. `names` may be
 * NULL. */
void rq_confusion_csv(rq_buf *out, const rq_confusion *confusion, const char *const *names);

#endif
