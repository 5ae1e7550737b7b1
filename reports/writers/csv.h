/* Fields of CSV (RFC 4180). */
#ifndef RQ_REPORTS_WRITERS_CSV_H
#define RQ_REPORTS_WRITERS_CSV_H

#include "engine/base/text.h"

/* Quoted where needed, and so that no spreadsheet takes it for a formula: names come from the
 * model. NULL is empty. */
void rq_csv_text(rq_buf *out, const char *text);
/* Nine digits; NaN is empty, infinities are "inf" and "-inf". */
void rq_csv_real(rq_buf *out, double x);

#endif
