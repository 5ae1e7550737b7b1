#include "engine/api/report_forms.h"

#include "reports/writers/writer.h"

static rq_status write(rq_buf *out, const rq_report_state *state, const char *writer,
                       const rq_text_style *style)
{
    const rq_report_style how = {.colour = style->colour};
    return rq_report_writer_find(writer)->write(out, state->report, &how);
}

rq_status rq_report_text(rq_buf *out, const void *state, const rq_text_style *style)
{
    const rq_report_state *s = state;
    RQ_TRY(write(out, s, "terminal", style));
    rq_buf_printf(out, "\n  model   %s\n  plan    %s\n  report  %s\n          %s\n", s->paths->xml,
                  s->planned ? s->paths->plan : "-", s->paths->report_html, s->paths->report_json);
    return RQ_OK;
}

rq_status rq_report_json(rq_buf *out, const void *state, const rq_text_style *style)
{
    return write(out, state, "json", style);
}

rq_status rq_report_csv(rq_buf *out, const void *state, const rq_text_style *style)
{
    return write(out, state, "csv", style);
}

rq_status rq_report_html(rq_buf *out, const void *state, const rq_text_style *style)
{
    return write(out, state, "html", style);
}
