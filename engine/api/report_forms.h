/* Forms of results that are reports. */
#ifndef RQ_API_REPORT_FORMS_H
#define RQ_API_REPORT_FORMS_H

#include "engine/api/result.h"
#include "engine/workbench/output_paths.h"
#include "reports/report.h"

/* The first member of such a result's state. */
typedef struct rq_report_state {
    const rq_report *report;
    const rq_output_paths *paths;
    bool planned; /* there is a plan */
} rq_report_state;

/* See rq_result_form. The report in the form's writer; the text also says where everything was
 * written. */
rq_status rq_report_form(rq_buf *out, const void *state, const rq_result_form *form,
                         const rq_text_style *style);
rq_status rq_report_text_form(rq_buf *out, const void *state, const rq_result_form *form,
                              const rq_text_style *style);

/* The rows of every report but "text". */
#define RQ_REPORT_FORMS                                                                            \
    {"json", rq_report_form, "json"}, {"csv", rq_report_form, "csv"},                              \
    {                                                                                              \
        "html", rq_report_form, "html"                                                             \
    }

#endif
