/* Forms of results that are reports. */
#ifndef RQ_API_REPORT_FORMS_H
#define RQ_API_REPORT_FORMS_H

#include "engine/api/result.h"
#include "engine/workbench/search/build_quantized.h"
#include "reports/report.h"

/* The first member of such a result's state. */
typedef struct rq_report_state {
    const rq_report *report;
    const rq_output_paths *paths;
    bool planned; /* there is a plan */
} rq_report_state;

/* See rq_result_form. The text also says where everything was written. */
rq_status rq_report_text(rq_buf *out, const void *state, const rq_text_style *style);
rq_status rq_report_json(rq_buf *out, const void *state, const rq_text_style *style);
rq_status rq_report_csv(rq_buf *out, const void *state, const rq_text_style *style);
rq_status rq_report_html(rq_buf *out, const void *state, const rq_text_style *style);

#endif
