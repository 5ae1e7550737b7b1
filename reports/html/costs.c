/* Where the time of the run went. */
#include "reports/html/html.h"

#include <math.h>

static bool present(const rq_report *report)
{
    return report->n_steps > 0 || !isnan(report->resources.peak_memory_bytes);
}

static double total(const rq_report *report)
{
    double sum = 0;
    for (size_t i = 0; i < report->n_steps; i++)
        if (report->steps[i].seconds > 0) sum += report->steps[i].seconds;
    return isfinite(sum) ? sum : 0;
}

static void put_bar(const rq_html *page, double all)
{
    rq_buf_append(page->out, "<div class='bar steps' aria-hidden=true>");
    for (size_t i = 0; i < page->report->n_steps; i++)
        if (page->report->steps[i].seconds > 0)
            rq_buf_printf(page->out, "<i class='seg s%zu' style='width:%.2f%%'></i>", i % 6,
                          100 * page->report->steps[i].seconds / all);
    rq_buf_append(page->out, "</div>\n");
}

static void put_row(rq_buf *out, const rq_report_step *step, size_t i, double all)
{
    char text[RQ_NUMBER_TEXT];
    rq_buf_printf(out, "<tr><th scope=row><i class='dot s%zu'></i>", i % 6);
    rq_html_text(out, step->name);
    rq_buf_append(out, "</th>");
    rq_html_td(out, step->seconds, rq_unit_text(RQ_UNIT_SECONDS, step->seconds, text));
    rq_html_td(out, step->seconds / all, rq_unit_text(RQ_UNIT_SHARE, step->seconds / all, text));
    rq_buf_append(out, "</tr>\n");
}

static void write(const rq_html *page)
{
    char text[RQ_NUMBER_TEXT];
    double all = total(page->report), peak = page->report->resources.peak_memory_bytes;
    if (all > 0) put_bar(page, all);
    if (page->report->n_steps)
        rq_buf_append(page->out,
                      "<div class=scroll tabindex=0 role=region aria-label='Cost of this run'>"
                      "<table><caption class=hide>Steps of this run</caption><thead><tr>"
                      "<th scope=col>Step</th><th "
                      "scope=col class=n>Time</th><th scope=col class=n>Share</th></tr>"
                      "</thead><tbody>\n");
    for (size_t i = 0; i < page->report->n_steps; i++)
        put_row(page->out, &page->report->steps[i], i, all);
    if (page->report->n_steps) rq_buf_append(page->out, "</tbody></table></div>\n");
    if (!isnan(peak))
        rq_buf_printf(page->out, "<p>Peak memory <b>%s</b>.</p>\n",
                      rq_unit_text(RQ_UNIT_BYTES, peak, text));
}

const rq_html_section rq_html_costs = {
    "costs", "Cost of this run", "Wall-clock seconds, and memory.", "Cost", present, write};
