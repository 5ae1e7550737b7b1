/* Writers: one file each, one line in writers.def. Each turns a report into one text. */
#ifndef RQ_REPORTS_WRITERS_WRITER_H
#define RQ_REPORTS_WRITERS_WRITER_H

#include "engine/base/text.h"
#include "reports/report.h"

typedef struct rq_report_style {
    bool colour;    /* escape sequences; terminal only */
    size_t columns; /* characters of a line of tables; 0: no limit */
} rq_report_style;

typedef struct rq_report_writer {
    const char *name; /* "json" */
    const char *help;
    /* Appends to `out`. Every text of the report is treated as hostile: names come from the model,
     * paths from the disk. RQ_ENOMEM only. */
    rq_status (*write)(rq_buf *out, const rq_report *report, const rq_report_style *style);
} rq_report_writer;

extern const rq_report_writer *const rq_report_writers[];        /* NULL-terminated */
const rq_report_writer *rq_report_writer_find(const char *name); /* NULL: none */

/* Writes a file, atomically. */
rq_status rq_report_save(const rq_report *report, const rq_report_writer *writer, const char *path);

/* Whether text for this file descriptor may be coloured: a terminal, TERM is not "dumb", and
 * NO_COLOR is not set (no-color.org: to anything but the empty string). */
bool rq_report_may_colour(int fd);

#endif
