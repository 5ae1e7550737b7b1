/* Accuracy before and after, with intervals drawn. */
#include "reports/html/html.h"
#include "reports/limits.h"

#include <math.h>
#include <string.h>

static bool present(const rq_report *report)
{
    return report->n_accuracy > 0;
}

/* The widest change of any row of this unit, so that their drawings share one scale. */
static double widest_change(const rq_report *report, const char *unit)
{
    double widest = 1e-9;
    for (size_t i = 0; i < report->n_accuracy; i++) {
        const rq_report_accuracy *row = &report->accuracy[i];
        double reach = fmax(fabs(row->delta.low), fabs(row->delta.high));
        if (!row->compares && row->unit && !strcmp(row->unit, unit) && isfinite(reach))
            widest = fmax(widest, reach);
    }
    return widest;
}

/* The interval as a line, the value as a dot, zero in the middle. */
static void draw_interval(rq_buf *out, const rq_estimate *delta, double widest)
{
    double scale = 56 / widest;
    rq_buf_printf(out,
                  "<svg class=interval viewBox='0 0 120 16' aria-hidden=true><path class=zero "
                  "d='M60 0V16'/><path d='M%.1f 8H%.1f'/><circle cx=%.1f cy=8 r=3.5 /></svg>",
                  60 + scale * delta->low, 60 + scale * delta->high, 60 + scale * delta->value);
}

static void put_change(const rq_html *page, const rq_report_accuracy *row)
{
    char change[RQ_NUMBER_TEXT], interval[RQ_NUMBER_TEXT];
    const rq_estimate *shown = row->compares ? &row->after : &row->delta;
    rq_interval_text(row->unit, shown, interval);
    if (row->compares)
        rq_buf_append(page->out, "<td></td>");
    else
        rq_html_td(page->out, row->delta.value,
                   rq_change_text(row->unit, row->delta.value, change));
    rq_buf_printf(page->out, "<td class=n>%s</td><td>", interval);
    if (!row->compares && row->unit && isfinite(row->delta.low) && isfinite(row->delta.high))
        draw_interval(page->out, &row->delta, widest_change(page->report, row->unit));
    rq_buf_append(page->out, "</td>");
}

static void put_pairs(rq_buf *out, const rq_report_accuracy *row)
{
    char text[RQ_NUMBER_TEXT];
    rq_buf_append(out, "<td class=small>");
    if (!isnan(row->p_value) && !isnan(row->lost) && !isnan(row->gained))
        rq_buf_printf(out, "%.0f regression%s, %.0f improvement%s (p %s)", row->lost,
                      rq_plural_real(row->lost), row->gained, rq_plural_real(row->gained),
                      rq_unit_text(RQ_UNIT_REAL, row->p_value, text));
    rq_buf_append(out, "</td>");
}

/* Each metric once, whatever the number of outputs. */
static bool is_first(const rq_report *report, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (rq_same_text(report->accuracy[k].metric, report->accuracy[i].metric)) return false;
    return true;
}

static void put_meanings(const rq_html *page)
{
    const rq_report *report = page->report;
    rq_buf_append(page->out, "<details class=help><summary>What the metrics mean</summary><dl>");
    for (size_t i = 0; i < report->n_accuracy; i++) {
        if (!report->accuracy[i].help || !is_first(report, i)) continue;
        rq_buf_append(page->out, "<dt>");
        rq_html_text(page->out, report->accuracy[i].metric);
        rq_buf_append(page->out, "</dt><dd>");
        rq_html_text(page->out, report->accuracy[i].help);
        rq_buf_append(page->out, "</dd>");
    }
    rq_buf_append(page->out, "<dt>p</dt><dd>Of McNemar's exact test: how likely so uneven a number "
                             "of regressions and improvements is by chance.</dd></dl></details>\n");
}

static void put_row(const rq_html *page, const rq_report_accuracy *row)
{
    char before[RQ_NUMBER_TEXT], after[RQ_NUMBER_TEXT], images[RQ_NUMBER_TEXT];
    rq_buf_append(page->out, "<tr><th scope=row>");
    rq_html_text(page->out, row->metric);
    if (row->output) {
        rq_buf_append(page->out, " <small>");
        rq_html_text(page->out, row->output);
        rq_buf_append(page->out, "</small>");
    }
    rq_buf_append(page->out, "</th>");
    rq_metric_text(row->unit, row->before.value, before);
    rq_html_td(page->out, row->before.value, row->compares ? "" : before);
    rq_html_td(page->out, row->after.value, rq_metric_text(row->unit, row->after.value, after));
    put_change(page, row);
    rq_html_td(page->out, row->images, rq_unit_text(RQ_UNIT_INDEX, row->images, images));
    put_pairs(page->out, row);
    rq_buf_append(page->out, "</tr>\n");
}

static void put_suspicions(const rq_html *page)
{
    const rq_suspicions *suspicions = &page->summary->suspicions;
    if (!suspicions->n) return;
    rq_buf_append(page->out, "<p>Suspicious here:</p><ul>");
    for (size_t i = 0; i < suspicions->n; i++) {
        rq_buf_append(page->out, "<li>");
        rq_html_text(page->out, suspicions->list[i].found);
        rq_buf_append(page->out, " (limit: ");
        rq_html_text(page->out, suspicions->list[i].limit);
        rq_buf_append(page->out, ")</li>");
    }
    rq_buf_append(page->out, "</ul>");
}

static void put_list(const rq_html *page, const char *text)
{
    rq_buf part = {0};
    for (size_t i = 0; rq_text_list_next(&part, &text); i++) {
        rq_buf_append(page->out, i ? "<li>" : "<p>");
        rq_html_text(page->out, part.data);
        rq_buf_append(page->out, i ? "</li>" : "</p><ul>");
    }
    rq_buf_append(page->out, "</ul>");
    page->out->failed = page->out->failed || part.failed;
    rq_buf_free(&part);
}

static void put_limits(const rq_html *page)
{
    char limit[RQ_LIMIT_TEXT];
    rq_buf_append(page->out, "<details class=help><summary>Limits of the verdict</summary>");
    if (*rq_summary_limit(page->summary, limit)) {
        rq_buf_append(page->out, "<p>Here, by ");
        rq_html_text(page->out, page->summary->headline.accuracy->metric);
        rq_buf_append(page->out, ": ");
        rq_html_text(page->out, limit);
        rq_buf_append(page->out, ".</p>");
    }
    put_suspicions(page);
    put_list(page, rq_limits_of_loss);
    put_list(page, rq_limits_of_suspicion);
    put_list(page, rq_limits_of_images);
    rq_buf_append(page->out, "</details>\n");
}

static void write(const rq_html *page)
{
    rq_buf_append(
        page->out,
        "<div class=scroll tabindex=0 role=region aria-label=Accuracy><table><caption "
        "class=hide>Accuracy before and after</caption><thead><tr><th "
        "scope=col>Metric</th><th scope=col "
        "class=n>Before</th><th scope=col class=n>After</th><th scope=col "
        "class=n>Change</th><th scope=col class=n>95 % interval</th><th scope=col>Loss "
        "| gain</th><th scope=col class=n>Images</th><th scope=col>Images that changed</th></tr>"
        "</thead><tbody>\n");
    for (size_t i = 0; i < page->report->n_accuracy; i++) put_row(page, &page->report->accuracy[i]);
    rq_buf_append(page->out, "</tbody></table></div>\n");
    put_limits(page);
    put_meanings(page);
}

const rq_html_section rq_html_accuracy = {"accuracy",
                                          "Accuracy",
                                          "Both models were evaluated on the same images. A change "
                                          "whose interval contains 0 is not significant.",
                                          "Accuracy",
                                          present,
                                          write};
