/* The layer table as CSV (RFC 4180), one line per layer. */
#include "reports/writers/csv.h"
#include "reports/fields.h"
#include "reports/writers/writer.h"

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
                rq_csv_text(out, rq_field_text(&report->layers[i], field));
            else
                rq_csv_real(out, rq_field_real(&report->layers[i], field));
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
