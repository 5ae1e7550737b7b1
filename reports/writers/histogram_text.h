/* A histogram drawn in characters. */
#ifndef RQ_REPORTS_WRITERS_HISTOGRAM_TEXT_H
#define RQ_REPORTS_WRITERS_HISTOGRAM_TEXT_H

#include "engine/base/text.h"
#include "reports/report.h"

typedef struct rq_draw_style {
    bool colour;  /* escape sequences: what is outside the range is red */
    bool unicode; /* eighths of blocks; else ASCII */
} rq_draw_style;

/* Five lines of columns whose height is the square root of the count (so that tails can be seen),
 * one with the chosen range as [ and ], one with the ends. Draws nothing where there is nothing
 * to draw. */
void rq_histogram_draw(rq_buf *out, const rq_report_histogram *histogram,
                       const rq_draw_style *style);

/* Whether the user's terminal is told to be UTF-8 (LC_ALL, LC_CTYPE, LANG, in this order). */
bool rq_draw_may_unicode(void);

#endif
