/* Where the time of one inference goes, operator by operator. */
#include "reports/html/html.h"

#include <math.h>

static bool present(const rq_report *report)
{
    return report->n_types > 0;
}

static double total(const rq_report *report, bool after)
{
    double sum = 0;
    for (size_t i = 0; i < report->n_types; i++) {
        double ms = after ? report->types[i].after_ms : report->types[i].before_ms;
        if (ms > 0) sum += ms;
    }
    return isfinite(sum) && sum > 0 ? sum : 1;
}

static void put_time(rq_buf *out, double ms, double all)
{
    char time[RQ_NUMBER_TEXT], share[RQ_NUMBER_TEXT];
    rq_html_td(out, ms, rq_unit_text(RQ_UNIT_MS, ms, time));
    rq_html_td(out, ms / all, rq_unit_text(RQ_UNIT_SHARE, ms / all, share));
}

static void put_row(const rq_html *page, const rq_report_type_time *t, double before, double after)
{
    char a[RQ_NUMBER_TEXT], b[RQ_NUMBER_TEXT], factor[RQ_NUMBER_TEXT];
    rq_buf_printf(page->out, "<tr%s><th scope=row>", t->noise ? " class=noise" : "");
    rq_html_text(page->out, t->type);
    rq_buf_append(page->out, "</th>");
    rq_html_td(page->out, t->before_layers, rq_unit_text(RQ_UNIT_INDEX, t->before_layers, a));
    put_time(page->out, t->before_ms, before);
    rq_html_td(page->out, t->after_layers, rq_unit_text(RQ_UNIT_INDEX, t->after_layers, b));
    put_time(page->out, t->after_ms, after);
    rq_html_td(page->out, t->noise ? (double)NAN : t->before_ms / t->after_ms,
               t->noise ? "noise" : rq_factor_text(t->before_ms, t->after_ms, factor));
    rq_buf_append(page->out, "</tr>\n");
}

static void write(const rq_html *page)
{
    double before = total(page->report, false), after = total(page->report, true);
    rq_buf_append(page->out,
                  "<div class=scroll tabindex=0 role=region aria-label='Time by operator'><table>"
                  "<caption class=hide>Time by type of operator</caption><thead><tr><th "
                  "scope=col>Operator</th><th scope=col "
                  "class=n>Layers before</th><th scope=col class=n>Time before</th><th scope=col "
                  "class=n>Share</th><th scope=col class=n>Layers after</th><th scope=col class=n>"
                  "Time after</th><th scope=col class=n>Share</th><th scope=col class=n>Factor</th>"
                  "</tr></thead><tbody>\n");
    for (size_t i = 0; i < page->report->n_types; i++)
        put_row(page, &page->report->types[i], before, after);
    rq_buf_append(page->out, "</tbody></table></div>\n");
}

const rq_html_section rq_html_types = {
    "types",
    "Time by operator",
    "All layers of a type in one inference with requant's own engine; what is computed within "
    "another layer has no time of its own. The table of layers has each layer's time.",
    "Operators",
    present,
    write};
