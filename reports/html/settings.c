/* What makes the run repeatable: models, data, settings, machine. And notes and advice. */
#include "reports/html/html.h"

#include <math.h>

static bool always(const rq_report *report)
{
    (void)report;
    return true;
}

static void put_value(rq_buf *out, const void *record, const rq_field *field)
{
    char text[RQ_NUMBER_TEXT];
    if (field->kind == RQ_FIELD_TEXT)
        rq_html_text(out, rq_field_text(record, field));
    else if (field->kind == RQ_FIELD_FLAG)
        rq_buf_append(out, *(const bool *)rq_field_at(record, field) ? "yes" : "no");
    else
        rq_buf_escape(out, rq_unit_text(field->unit, rq_field_real(record, field), text));
}

static bool has_any(const void *record, const rq_record_type *type)
{
    for (size_t i = 0; i < type->n; i++)
        if (rq_field_is_known(&type->fields[i], record, 1, type)) return true;
    return false;
}

static void put_record(rq_buf *out, const char *title, const void *record,
                       const rq_record_type *type)
{
    if (!has_any(record, type)) return;
    rq_buf_printf(out, "<div class=card><h3>%s</h3><dl class=facts>", title);
    for (size_t i = 0; i < type->n; i++) {
        const rq_field *field = &type->fields[i];
        if (!rq_field_is_known(field, record, 1, type)) continue;
        rq_buf_printf(out, "<dt title=\"%s\">%s</dt><dd>", field->help, field->title);
        put_value(out, record, field);
        rq_buf_append(out, "</dd>");
    }
    rq_buf_append(out, "</dl></div>\n");
}

static void write_settings(const rq_html *page)
{
    const rq_report *r = page->report;
    rq_buf_append(page->out, "<div class='grid wide'>\n");
    put_record(page->out, "Settings", &r->settings, &rq_settings_type);
    put_record(page->out, "Data", &r->data, &rq_data_type);
    put_record(page->out, "Model before", &r->before, &rq_model_type);
    put_record(page->out, "Model after", &r->after, &rq_model_type);
    put_record(page->out, "Machine", &r->machine, &rq_machine_type);
    put_record(page->out, "Tool", &r->tool, &rq_tool_type);
    rq_buf_append(page->out, "</div>\n");
}

const rq_html_section rq_html_settings = {
    "settings",
    "How it was made",
    "Reproducible: the same inputs and settings give a byte-identical model.",
    "Setup",
    always,
    write_settings};

static bool has_notes(const rq_report *report)
{
    return report->n_notes > 0;
}

static void write_notes(const rq_html *page)
{
    rq_buf_append(page->out, "<ul class=notes>\n");
    for (size_t i = 0; i < page->report->n_notes; i++) {
        const rq_report_note *note = &page->report->notes[i];
        rq_buf_append(page->out,
                      note->warning ? "<li><span class='tag watch'>warning</span> " : "<li>");
        rq_html_text(page->out, note->text);
        rq_buf_append(page->out, "</li>\n");
    }
    rq_buf_append(page->out, "</ul>\n");
}

const rq_html_section rq_html_notes = {"notes", "Notes",   "Warnings and remarks.",
                                       "Notes", has_notes, write_notes};

static bool has_advice(const rq_report *report)
{
    return report->n_advice > 0;
}

static void write_advice(const rq_html *page)
{
    rq_buf_append(page->out, "<ol class=advice>\n");
    for (size_t i = 0; i < page->report->n_advice; i++) {
        const rq_report_advice *advice = &page->report->advice[i];
        rq_buf_append(page->out, "<li>");
        rq_html_text(page->out, advice->text);
        if (advice->option) {
            rq_buf_append(page->out, " <code>");
            rq_html_text(page->out, advice->option);
            rq_buf_append(page->out, "</code>");
        }
        rq_buf_append(page->out, "</li>\n");
    }
    rq_buf_append(page->out, "</ol>\n");
}

const rq_html_section rq_html_advice = {
    "advice", "What to do next", "Options to add to the command, the most useful first.",
    "Advice", has_advice,        write_advice};
