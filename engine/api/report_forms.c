#include "engine/api/report_forms.h"

#include "reports/writers/writer.h"

rq_status rq_report_form(rq_buf *out, const void *state, const rq_result_form *form,
                         const rq_text_style *style)
{
    const rq_report_style how = {.colour = style->colour, .columns = style->columns};
    const rq_report *report = ((const rq_report_state *)state)->report;
    return rq_report_writer_find(form->writer)->write(out, report, &how);
}

rq_status rq_report_text_form(rq_buf *out, const void *state, const rq_result_form *form,
                              const rq_text_style *style)
{
    const rq_report_state *s = state;
    RQ_TRY(rq_report_form(out, s, form, style));
    rq_buf_printf(out, "\n  model   %s\n  plan    %s\n  report  %s\n          %s\n",
                  s->paths->model, s->planned ? s->paths->plan : "-", s->paths->report_html,
                  s->paths->report_json);
    return RQ_OK;
}
