/* The table of layers: every known field of every layer. report.js sorts and filters it, and opens
 * one layer in a panel; without scripts all columns show. */
#include "reports/html/html.h"

#include <math.h>
#include <string.h>

#define MAX_COLUMNS 32
#define ROWS_AT_ONCE 100 /* report.js shows the others when the page is there */

static bool present(const rq_report *report)
{
    return report->n_layers > 0;
}

/* From which screen width a column is shown in the table: 1 always, 2 tablets, 3 desks, 4 only in
 * the panel. */
static int priority_of(const char *key)
{
    static const struct {
        const char *key;
        int priority;
    } table[] = {{"order", 2},   {"name", 1},        {"type", 2},          {"precision_after", 1},
                 {"sqnr_db", 1}, {"noise_share", 2}, {"clipped_share", 2}, {"low", 3},
                 {"high", 3},    {"after_ms", 3},    {"error_alone", 2}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (!strcmp(table[i].key, key)) return table[i].priority;
    return 4;
}

static size_t choose_columns(const rq_field **columns, const rq_report *report)
{
    size_t n = 0;
    for (size_t i = 0; i < rq_layer_type.n && n < MAX_COLUMNS; i++) {
        const rq_field *field = &rq_layer_type.fields[i];
        if (rq_field_is_known(field, report->layers, report->n_layers, &rq_layer_type))
            columns[n++] = field;
    }
    return n;
}

static void put_head(rq_buf *out, const rq_field *const *columns, size_t n)
{
    rq_buf_append(out, "<thead><tr>");
    for (size_t i = 0; i < n; i++)
        rq_buf_printf(out, "<th scope=col class='p%d%s' data-key=%s title=\"%s\">%s</th>",
                      priority_of(columns[i]->key), columns[i]->kind == RQ_FIELD_REAL ? " n" : "",
                      columns[i]->key, columns[i]->help, columns[i]->title);
    rq_buf_append(out, "</tr></thead>\n");
}

static void put_sqnr(rq_buf *out, double db, const char *text)
{
    double share = isnan(db) ? 0 : fmin(fmax(db, 0), 50) / 50;
    rq_buf_printf(out, "<span class='meter %s' style='--w:%.0f%%'>%s</span>",
                  rq_html_sqnr_class(db), 100 * share, text);
}

static bool is_noise(const rq_html *page, const rq_field *field)
{
    const rq_report_speed *speed = page->summary->speed;
    return field->unit == RQ_UNIT_MS && speed && speed->noise;
}

static void put_number(const rq_html *page, const rq_field *field, double x)
{
    rq_buf *out = page->out;
    char text[RQ_NUMBER_TEXT];
    rq_buf_printf(out, "<td class='p%d n%s'", priority_of(field->key),
                  is_noise(page, field) ? " noise" : "");
    if (isinf(x)) rq_buf_printf(out, " data-v=%s", x > 0 ? "1e999" : "-1e999");
    if (isfinite(x)) rq_buf_printf(out, " data-v=%.6g", x);
    rq_buf_append(out, ">");
    rq_unit_text(field->unit, x, text);
    if (field->unit == RQ_UNIT_DB)
        put_sqnr(out, x, text);
    else
        rq_buf_escape(out, text);
    rq_buf_append(out, "</td>");
}

static void put_name(const rq_html *page, const rq_field *field, const char *text)
{
    rq_buf_printf(page->out, "<td class='p%d name' data-name=\"", priority_of(field->key));
    rq_html_text(page->out, text);
    rq_buf_append(page->out, "\">");
    rq_html_layer_name(page, text);
    rq_buf_append(page->out, "</td>");
}

static void put_text(rq_buf *out, const rq_field *field, const char *text)
{
    bool is_type = rq_starts_with(field->key, "precision");
    rq_buf_printf(out, "<td class=p%d>", priority_of(field->key));
    if (is_type) rq_buf_printf(out, "<span class='pill %s'>", rq_html_precision_class(text));
    rq_html_text(out, text);
    rq_buf_append(out, is_type ? "</span></td>" : "</td>");
}

/* -- what if other layers stayed in floating point: report.js predicts from these ------------- */

static bool has_costs(const rq_report *report)
{
    const rq_field *error = rq_field_find(&rq_layer_type, "error_alone");
    return rq_field_is_known(error, report->layers, report->n_layers, &rq_layer_type);
}

/* The SQNR of the outputs as measured; NaN: it was not. */
static double measured_sqnr(const rq_report *report)
{
    for (size_t i = 0; i < report->n_accuracy; i++) {
        const rq_report_accuracy *row = &report->accuracy[i];
        if (rq_same_text(row->metric, "mean SQNR") || rq_same_text(row->metric, "SQNR"))
            return row->after.value;
    }
    return NAN;
}

static void put_base(rq_buf *out, const char *name, double x)
{
    if (isfinite(x)) rq_buf_printf(out, " data-%s=%.9g", name, x);
}

/* Bytes of a weight in floating point above those in INT8. */
static double bytes_more(const rq_report *report)
{
    const char *precision = report->settings.float_precision;
    return precision && strstr(precision, "16") ? 1 : 3;
}

static void put_bases(const rq_html *page)
{
    const rq_report *report = page->report;
    if (!has_costs(report)) return;
    put_base(page->out, "sqnr", measured_sqnr(report));
    put_base(page->out, "ms", page->summary->speed ? page->summary->speed->after_median_ms : NAN);
    put_base(page->out, "bytes", page->summary->after_bytes);
    put_base(page->out, "more", bytes_more(report));
    rq_buf_append(page->out, " data-command=\"");
    rq_html_text(page->out, report->tool.command ? report->tool.command : "requant quantize");
    rq_buf_append(page->out, "\"");
}

static void put_costs(rq_buf *out, const rq_report_layer *layer)
{
    if (isnan(layer->error_alone)) return;
    put_base(out, "error", layer->error_alone);
    put_base(out, "ms", layer->float_ms);
    put_base(out, "params", layer->params);
    if (layer->excluded) rq_buf_append(out, " data-excluded");
}

static void put_rows(const rq_html *page, const rq_field *const *columns, size_t n)
{
    rq_buf_append(page->out, "<tbody>\n");
    for (size_t i = 0; i < page->report->n_layers; i++) {
        const rq_report_layer *layer = &page->report->layers[i];
        rq_buf_printf(page->out, "<tr%s id=layer-%zu", i < ROWS_AT_ONCE ? "" : " class=late", i);
        put_costs(page->out, layer);
        rq_buf_append(page->out, ">");
        for (size_t c = 0; c < n; c++) {
            if (!strcmp(columns[c]->key, "name"))
                put_name(page, columns[c], rq_field_text(layer, columns[c]));
            else if (columns[c]->kind == RQ_FIELD_TEXT)
                put_text(page->out, columns[c], rq_field_text(layer, columns[c]));
            else
                put_number(page, columns[c], rq_field_real(layer, columns[c]));
        }
        rq_buf_append(page->out, "</tr>\n");
    }
    rq_buf_append(page->out, "</tbody>");
}

static void write(const rq_html *page)
{
    const rq_field *columns[MAX_COLUMNS];
    size_t n = choose_columns(columns, page->report);
    rq_html_layer_chart(page);
    rq_buf_append(page->out,
                  "<div class=tools hidden><label>Find <input type=search id=find "
                  "placeholder='name or type'></label> <label>Precision <select id=precision>"
                  "<option value=''>all</option></select></label> <span id=found role=status>"
                  "</span></div>\n<div class=layers-box tabindex=0 role=region "
                  "aria-label='Table of layers'><table id=layer-table class=layers");
    put_bases(page);
    rq_buf_append(page->out, "><caption class=hide>Layers in order of execution</caption>");
    put_head(page->out, columns, n);
    put_rows(page, columns, n);
    rq_buf_append(page->out, "</table></div>\n");
    rq_html_help(page->out, columns, n);
}

const rq_html_section rq_html_layers = {
    "layers",
    "Layers",
    "Layer SQNR, where it was measured, compares the layer's output before and after, errors of "
    "earlier layers included: below "
    "10 dB the error is above a third of the signal, 20 dB is a tenth, 40 dB a hundredth. A step "
    "down marks the layer that causes it.",
    "Layers",
    present,
    write};
