/* Classes before and after, what lost most first. */
#include "reports/html/html.h"

#include <math.h>

#define MAX_ROWS 100

static bool present(const rq_report *report)
{
    return report->n_classes > 1;
}

static void put_row(const rq_html *page, const rq_report_class *c)
{
    char text[RQ_NUMBER_TEXT];
    rq_buf_append(page->out, "<tr><th scope=row>");
    if (c->name)
        rq_html_text(page->out, c->name);
    else
        rq_buf_printf(page->out, "class %.0f", c->class_id);
    rq_buf_append(page->out, "</th>");
    rq_html_td(page->out, c->items, rq_unit_text(RQ_UNIT_COUNT, c->items, text));
    rq_html_td(page->out, c->before, isnan(c->before) ? "" : rq_metric_text("%", c->before, text));
    rq_html_td(page->out, c->after, rq_metric_text("%", c->after, text));
    rq_html_td(page->out, c->after - c->before,
               isnan(c->before) ? "" : rq_change_text("%", c->after - c->before, text));
    rq_buf_append(page->out, "</tr>\n");
}

static void write(const rq_html *page)
{
    const rq_report *report = page->report;
    size_t rows = report->n_classes < MAX_ROWS ? report->n_classes : MAX_ROWS;
    rq_buf_append(page->out, "<p class=small>");
    rq_html_text(page->out, report->classes[0].metric);
    rq_buf_printf(
        page->out,
        " of each class</p><div class=%s tabindex=0 role=region aria-label=Classes><table>"
        "<caption class=hide>Classes before and after</caption><thead><tr><th scope=col>"
        "Class</th><th scope=col class=n>Items</th><th scope=col class=n>Before</th><th "
        "scope=col class=n>After</th><th scope=col class=n>Change</th></tr></thead>"
        "<tbody>\n",
        rows > 20 ? "layers-box" : "scroll");
    for (size_t i = 0; i < rows; i++) put_row(page, &report->classes[i]);
    rq_buf_append(page->out, "</tbody></table></div>\n");
    rq_html_left_out(page->out, report->n_classes - rows);
}

const rq_html_section rq_html_classes = {
    "classes",
    "Classes",
    "Each class before and after on the same images, what lost most first. Items are images, "
    "objects or pixels of the class.",
    "Classes",
    present,
    write};
