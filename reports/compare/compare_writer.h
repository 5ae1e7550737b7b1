/* Forms of a comparison: one file each, one line in compare_writers.def. */
#ifndef RQ_REPORTS_COMPARE_COMPARE_WRITER_H
#define RQ_REPORTS_COMPARE_COMPARE_WRITER_H

#include "reports/compare/compare.h"
#include "reports/writers/writer.h"

typedef struct rq_compare_writer {
    const char *name; /* "markdown": also the command's option */
    /* Appends to `out`. Every text is treated as hostile. RQ_ENOMEM only. */
    rq_status (*write)(rq_buf *out, const rq_comparison *comparison, const rq_report_style *style);
} rq_compare_writer;

extern const rq_compare_writer *const rq_compare_writers[];        /* NULL-terminated */
const rq_compare_writer *rq_compare_writer_find(const char *name); /* NULL: none */

#define RQ_COMPARISON_VERSION 1

#endif
