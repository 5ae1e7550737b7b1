/* Speed per backend: bars of the median, and the table with the spread. */
#include "reports/html/html.h"
#include "reports/metrics/speed_noise.h"
#include "reports/speedup.h"

#include <math.h>

static bool present(const rq_report *report)
{
    return report->n_speeds > 0;
}

static double slowest(const rq_report *report)
{
    double ms = 0;
    for (size_t i = 0; i < report->n_speeds; i++) {
        const rq_report_speed *s = &report->speeds[i];
        ms = fmax(ms, fmax(fmax(s->before_median_ms, s->before_p90_ms),
                           fmax(s->after_median_ms, s->after_p90_ms)));
    }
    return isfinite(ms) && ms > 0 ? ms : 1;
}

/* The median as a bar, 10 % to 90 % of the runs as a line over its end. */
static void put_bar(rq_buf *out, const char *title, double median, double p10, double p90,
                    double full)
{
    char text[RQ_NUMBER_TEXT];
    if (!isfinite(median)) return;
    rq_buf_printf(out,
                  "<div class=barrow><span>%s</span><div class=bar><i class='seg %s' "
                  "style='width:%.2f%%'></i>",
                  title, *title == 'a' ? "i8" : "f32", 100 * median / full);
    if (isfinite(p10) && isfinite(p90))
        rq_buf_printf(out, "<u style='left:%.2f%%;width:%.2f%%'></u>", 100 * p10 / full,
                      100 * fmax(p90 - p10, 0) / full);
    rq_buf_printf(out, "</div><b>%s</b></div>\n", rq_unit_text(RQ_UNIT_MS, median, text));
}

static void put_backend(rq_buf *out, const rq_report_speed *s)
{
    char name[RQ_SPEED_NAME];
    rq_buf_append(out, "<h3>");
    rq_html_text(out, rq_speed_name(s, name));
    if (s->kernels) {
        rq_buf_append(out, " <small>");
        rq_html_text(out, s->kernels);
        rq_buf_append(out, "</small>");
    }
    rq_buf_append(out, "</h3>\n");
    if (!s->noise) return;
    rq_buf_append(out, "<p class=noise>Not measurable now: ");
    rq_html_text(out, s->noise);
    rq_buf_append(out, ".</p>\n");
}

static void put_row(rq_buf *out, const rq_report_speed *s)
{
    char text[RQ_NUMBER_TEXT], name[RQ_SPEED_NAME];
    const double ms[] = {s->before_median_ms, s->before_p10_ms, s->before_p90_ms,
                         s->after_median_ms,  s->after_p10_ms,  s->after_p90_ms};
    rq_buf_printf(out, "<tr%s><th scope=row>", s->noise ? " class=noise" : "");
    rq_html_text(out, rq_speed_name(s, name));
    rq_buf_append(out, "</th>");
    for (size_t i = 0; i < sizeof ms / sizeof *ms; i++)
        rq_html_td(out, ms[i], rq_unit_text(RQ_UNIT_MS, ms[i], text));
    rq_html_td(out, rq_speedup(s),
               s->noise ? "noise" : rq_factor_text(s->before_median_ms, s->after_median_ms, text));
    rq_html_td(out, 1000 / s->after_median_ms,
               rq_unit_text(RQ_UNIT_REAL, 1000 / s->after_median_ms, text));
    rq_html_td(out, s->threads, rq_unit_text(RQ_UNIT_INDEX, s->threads, text));
    rq_html_td(out, s->runs, rq_unit_text(RQ_UNIT_INDEX, s->runs, text));
    rq_buf_append(out, "</tr>\n");
}

static void write(const rq_html *page)
{
    static const char *const titles[] = {"Before", "10 %",     "90 %",     "After",   "10 %",
                                         "90 %",   "Speed-up", "Images/s", "Threads", "Runs"};
    double full = slowest(page->report);
    for (size_t i = 0; i < page->report->n_speeds; i++) {
        const rq_report_speed *s = &page->report->speeds[i];
        put_backend(page->out, s);
        rq_buf_printf(page->out, "<div%s>\n", s->noise ? " class=noise" : "");
        put_bar(page->out, "before", s->before_median_ms, s->before_p10_ms, s->before_p90_ms, full);
        put_bar(page->out, "after", s->after_median_ms, s->after_p10_ms, s->after_p90_ms, full);
        rq_buf_append(page->out, "</div>\n");
    }
    rq_buf_append(page->out,
                  "<div class=scroll tabindex=0 role=region aria-label=Speed><table><caption "
                  "class=hide>Times before and after</caption><thead><tr><th "
                  "scope=col>Backend</th>");
    for (size_t i = 0; i < sizeof titles / sizeof *titles; i++)
        rq_buf_printf(page->out, "<th scope=col class=n>%s</th>", titles[i]);
    rq_buf_append(page->out, "</tr></thead><tbody>\n");
    for (size_t i = 0; i < page->report->n_speeds; i++)
        put_row(page->out, &page->report->speeds[i]);
    rq_buf_append(page->out, "</tbody></table></div>\n");
}

const rq_html_section rq_html_speed = {
    "speed",
    "Speed",
    "Time of one inference in ms: the median, and the line from the fastest tenth to the slowest "
    "tenth of the runs. Runs of both models are interleaved, so that a machine that slows down "
    "affects both equally. The first row has the precision of floats that deployments use by "
    "default "
    "on this CPU. " RQ_SPEED_NOISE_RULE,
    "Speed",
    present,
    write};
