#include "reports/html/html.h"

#include <math.h>
#include <strings.h>

void rq_html_open(rq_buf *out, const char *title, const char *kind)
{
    rq_buf_append(out, "<!DOCTYPE html>\n<html lang=en><head><meta charset=utf-8>\n<meta "
                       "name=viewport content='width=device-width,initial-scale=1'>\n<meta "
                       "name=color-scheme content='light dark'>\n<meta "
                       "http-equiv=Content-Security-Policy content=\"default-src 'none'; style-src "
                       "'unsafe-inline'; script-src 'unsafe-inline'; img-src data:\">\n<title>");
    rq_html_text(out, title);
    rq_buf_printf(out, " - requant %s</title>\n<style>\n", kind);
    rq_buf_append(out, rq_html_css);
    rq_buf_append(out, "</style></head>\n<body>\n");
}

void rq_html_close(rq_buf *out)
{
    rq_buf_append(out, "<dialog id=panel aria-labelledby=panel-title></dialog>\n<script>\n");
    rq_buf_append(out, rq_html_js);
    rq_buf_append(out, "</script>\n</body></html>\n");
}

void rq_html_text(rq_buf *out, const char *text)
{
    rq_buf_escape(out, text ? text : "-");
}

void rq_html_td(rq_buf *out, double sort, const char *text)
{
    if (isnan(sort))
        rq_buf_append(out, "<td class=n>");
    else if (isinf(sort))
        rq_buf_printf(out, "<td class=n data-v=%s>", sort > 0 ? "1e999" : "-1e999");
    else
        rq_buf_printf(out, "<td class=n data-v=%.6g>", sort);
    rq_buf_escape(out, text);
    rq_buf_append(out, "</td>");
}

void rq_html_help(rq_buf *out, const rq_field *const *fields, size_t n)
{
    rq_buf_append(out, "<details class=help><summary>What the columns mean</summary><dl>");
    for (size_t i = 0; i < n; i++)
        rq_buf_printf(out, "<dt>%s</dt><dd>%s</dd>", fields[i]->title, fields[i]->help);
    rq_buf_append(out, "</dl></details>\n");
}

void rq_html_layer_name(const rq_html *page, const char *layer)
{
    rq_html_text(page->out, rq_short_name(page->names, layer));
}

void rq_html_figure_begin(const rq_html *page, const char *layer)
{
    rq_buf *out = page->out;
    rq_buf_append(out, "<figure class='card hist' data-layer=\"");
    rq_html_text(out, layer);
    rq_buf_append(out, "\"><h3><span title=\"");
    rq_html_text(out, layer);
    rq_buf_append(out, "\">");
    rq_html_layer_name(page, layer);
    rq_buf_append(out, "</span> ");
}

void rq_html_left_out(rq_buf *out, size_t n)
{
    if (n) rq_buf_printf(out, "<p class=small>%zu more are in report.json.</p>\n", n);
}

const char *rq_html_precision_class(const char *precision)
{
    static const struct {
        const char *name, *class;
    } classes[] = {{"i8", "i8"},    {"u8", "i8"},    {"int8", "i8"}, {"f16", "f16"},
                   {"bf16", "f16"}, {"fp16", "f16"}, {"f32", "f32"}, {"fp32", "f32"}};
    for (size_t i = 0; precision && i < sizeof classes / sizeof *classes; i++)
        if (!strcasecmp(precision, classes[i].name)) return classes[i].class;
    return "other";
}

const char *rq_html_sqnr_class(double db)
{
    if (isnan(db)) return "none";
    if (isinf(db) && db > 0) return "same";
    return db >= RQ_SQNR_GOOD ? "good" : db >= RQ_SQNR_BAD ? "watch" : "bad";
}
