/* Size: weights by element type as two bars, and the table. */
#include "reports/html/html.h"

#include <math.h>
#include <string.h>

static bool present(const rq_report *report)
{
    return report->n_sizes > 0;
}

static bool is_weights(const rq_report_size *size)
{
    return size->part && !strcmp(size->part, "weights");
}

static double bytes_of(const rq_report_size *size, bool after)
{
    double bytes = after ? size->after_bytes : size->before_bytes;
    return bytes > 0 && isfinite(bytes) ? bytes : 0;
}

static double total(const rq_report *report, bool after)
{
    double sum = 0;
    for (size_t i = 0; i < report->n_sizes; i++)
        if (is_weights(&report->sizes[i])) sum += bytes_of(&report->sizes[i], after);
    return sum;
}

/* A bar as long as its share of the larger total. */
static void put_bar(const rq_html *page, bool after, double full)
{
    char text[RQ_NUMBER_TEXT];
    rq_buf_printf(page->out, "<div class=barrow><span>%s</span><div class=bar>",
                  after ? "after" : "before");
    for (size_t i = 0; i < page->report->n_sizes; i++) {
        const rq_report_size *size = &page->report->sizes[i];
        double bytes = is_weights(size) ? bytes_of(size, after) : 0;
        if (bytes <= 0) continue;
        rq_buf_printf(page->out, "<i class='seg %s' style='width:%.2f%%' title='",
                      rq_html_precision_class(size->name), 100 * bytes / full);
        rq_html_text(page->out, size->name);
        rq_buf_printf(page->out, " %s'></i>", rq_unit_text(RQ_UNIT_BYTES, bytes, text));
    }
    rq_buf_printf(page->out, "</div><b>%s</b></div>\n",
                  rq_unit_text(RQ_UNIT_BYTES, total(page->report, after), text));
}

static void put_row(rq_buf *out, const rq_report_size *size)
{
    char text[RQ_NUMBER_TEXT];
    rq_buf_append(out, "<tr><th scope=row>");
    if (is_weights(size))
        rq_buf_printf(out, "<span class='pill %s'>", rq_html_precision_class(size->name));
    rq_html_text(out, size->name);
    if (is_weights(size)) rq_buf_append(out, "</span>");
    rq_buf_append(out, " <small>");
    rq_html_text(out, size->part);
    rq_buf_append(out, "</small></th>");
    rq_html_td(out, size->before_bytes, rq_unit_text(RQ_UNIT_BYTES, size->before_bytes, text));
    rq_html_td(out, size->after_bytes, rq_unit_text(RQ_UNIT_BYTES, size->after_bytes, text));
    rq_html_td(out, size->after_bytes / size->before_bytes,
               rq_ratio_text(size->before_bytes, size->after_bytes, text));
    rq_buf_append(out, "</tr>\n");
}

static void write(const rq_html *page)
{
    double full = fmax(total(page->report, false), total(page->report, true));
    if (full > 0) {
        put_bar(page, false, full);
        put_bar(page, true, full);
    }
    rq_buf_append(page->out,
                  "<div class=scroll tabindex=0 role=region aria-label=Size><table><caption "
                  "class=hide>Bytes before and after</caption><thead><tr><th "
                  "scope=col>Part</th><th scope=col class=n>Before</th><th scope=col "
                  "class=n>After</th><th scope=col class=n>Ratio</th></tr></thead><tbody>\n");
    for (size_t i = 0; i < page->report->n_sizes; i++) put_row(page->out, &page->report->sizes[i]);
    rq_buf_append(page->out, "</tbody></table></div>\n");
}

const rq_html_section rq_html_size = {
    "size", "Size",  "Bytes of the weights by element type, and of the files (1 MB is 10^6 bytes).",
    "Size", present, write};
