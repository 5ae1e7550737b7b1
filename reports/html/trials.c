/* The sets of layers that tune tried to keep in floating point. */
#include "reports/html/html.h"

#include <math.h>

static bool present(const rq_report *report)
{
    return report->n_trials > 0;
}

static void put_value(const rq_html *page, double value)
{
    char text[RQ_NUMBER_TEXT];
    rq_html_td(page->out, value,
               isnan(value) ? "" : rq_metric_text(page->report->budget.unit, value, text));
}

static void put_row(const rq_html *page, const rq_report_trial *trial)
{
    char text[RQ_NUMBER_TEXT];
    rq_buf_printf(page->out, "<tr><th scope=row>%.0f layer%s%s</th>", trial->ignored,
                  trial->ignored == 1 ? "" : "s", trial->selected ? ", <b>selected</b>" : "");
    put_value(page, trial->value);
    put_value(page, trial->other_value);
    rq_html_td(page->out, trial->cost_ms, rq_unit_text(RQ_UNIT_MS, trial->cost_ms, text));
    rq_html_td(page->out, trial->weight_bytes,
               rq_unit_text(RQ_UNIT_BYTES, trial->weight_bytes, text));
    rq_buf_printf(page->out, "<td>%s</td></tr>\n", trial->within_budget ? "met" : "missed");
}

static void write(const rq_html *page)
{
    const rq_report *report = page->report;
    const char *metric = report->budget.metric;
    rq_buf_append(page->out,
                  "<div class=layers-box tabindex=0 role=region aria-label=Trials><table>"
                  "<caption class=hide>What tune tried</caption><thead><tr><th scope=col>In "
                  "floating point</th><th scope=col class=n>");
    rq_html_text(page->out, metric ? metric : "Value");
    rq_buf_append(page->out, "</th><th scope=col class=n>On other images</th><th scope=col "
                             "class=n>Expected cost</th><th scope=col class=n>Weights</th>"
                             "<th scope=col>Budget</th></tr></thead><tbody>\n");
    for (size_t i = 0; i < report->n_trials; i++) put_row(page, &report->trials[i]);
    rq_buf_append(page->out, "</tbody></table></div>\n");
}

const rq_html_section rq_html_trials = {
    "trials",
    "Trials",
    "Sets of layers that were tried in floating point, in that order. Layers are chosen on some "
    "images; what is selected must meet the budget on the others, too.",
    "Trials",
    present,
    write};
