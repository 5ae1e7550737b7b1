/* What each output of the model is recognised as. */
#include "reports/html/html.h"

static bool present(const rq_report *report)
{
    return report->n_outputs > 0;
}

static void put_row(rq_buf *out, const rq_report_output *output)
{
    char weight[RQ_NUMBER_TEXT];
    rq_buf_append(out, "<tr><th scope=row>");
    rq_html_text(out, output->name);
    rq_buf_append(out, "</th><td>");
    rq_html_text(out, output->kind);
    rq_buf_append(out, "</td><td class=wrap>");
    rq_html_text(out, output->evidence ? output->evidence : "none");
    rq_buf_append(out, "</td>");
    rq_html_td(out, output->weight, rq_unit_text(RQ_UNIT_REAL, output->weight, weight));
    rq_buf_append(out, "</tr>\n");
}

static void write(const rq_html *page)
{
    rq_buf_append(page->out,
                  "<div class=scroll tabindex=0 role=region aria-label=Outputs><table><caption "
                  "class=hide>Outputs of the model</caption><thead><tr><th scope=col>Output</th>"
                  "<th scope=col>Kind</th><th scope=col>Evidence</th><th scope=col "
                  "class=n>Weight</th></tr></thead><tbody>\n");
    for (size_t i = 0; i < page->report->n_outputs; i++)
        put_row(page->out, &page->report->outputs[i]);
    rq_buf_append(page->out, "</tbody></table></div>\n");
}

const rq_html_section rq_html_outputs = {"outputs",
                                         "Outputs",
                                         "What each output is recognised as: metrics, verdict and "
                                         "advice follow it. Without evidence it is "
                                         "a tensor, of which SQNR and cosine tell.",
                                         "Outputs",
                                         present,
                                         write};
