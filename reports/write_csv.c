/* The layer table as CSV (RFC 4180), one line per layer. */
#include "reports/fields.h"
#include "reports/writer.h"

#include <math.h>
#include <string.h>

/* A spreadsheet takes a text that begins so for a formula; names come from the model. */
static bool looks_like_formula(const char *text)
{
    return *text && strchr("=+-@\t\r", *text);
}

static void put_text(rq_buf *out, const char *text)
{
    if (!text) return;
    if (!looks_like_formula(text) && !strpbrk(text, ",\"\r\n")) {
        rq_buf_append(out, text);
        return;
    }
    rq_buf_append(out, looks_like_formula(text) ? "\"'" : "\"");
    for (; *text; text++) rq_buf_append_n(out, *text == '"' ? "\"\"" : text, *text == '"' ? 2 : 1);
    rq_buf_append(out, "\"");
}

/* Unknown is empty. */
static void put_real(rq_buf *out, double x)
{
    if (isinf(x))
        rq_buf_append(out, x > 0 ? "inf" : "-inf");
    else if (!isnan(x))
        rq_buf_printf(out, "%.9g", x);
}

static rq_status write(rq_buf *out, const rq_report *report, const rq_report_style *style)
{
    (void)style;
    const rq_record_type *type = &rq_layer_type;
    for (size_t f = 0; f < type->n; f++)
        rq_buf_printf(out, "%s%s", f ? "," : "", type->fields[f].key);
    rq_buf_append(out, "\r\n");
    for (size_t i = 0; i < report->n_layers; i++) {
        for (size_t f = 0; f < type->n; f++) {
            const rq_field *field = &type->fields[f];
            if (f) rq_buf_append(out, ",");
            if (field->kind == RQ_FIELD_TEXT)
                put_text(out, rq_field_text(&report->layers[i], field));
            else
                put_real(out, rq_field_real(&report->layers[i], field));
        }
        rq_buf_append(out, "\r\n");
    }
    return out->failed ? rq_fail_memory(out->length, "a report") : RQ_OK;
}

const rq_report_writer rq_report_writer_csv = {
    .name = "csv",
    .help = "the table of layers, for spreadsheets",
    .write = write,
};
