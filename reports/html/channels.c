/* Weight ranges by output channel, before and after rounding. */
#include "reports/html/html.h"

#include <math.h>

#define WIDTH 320.0
#define HEIGHT 100.0

static bool present(const rq_report *report)
{
    return report->n_channels > 0;
}

static bool is_drawable(const rq_reals *list)
{
    for (size_t i = 0; i < list->n; i++)
        if (!(fabs(list->values[i]) < 1e30)) return false;
    return list->n > 0;
}

static double y_of(double x, double low, double high)
{
    return fmin(fmax(HEIGHT * (high - x) / (high - low), 0), HEIGHT);
}

/* The area between two lists: along the upper one, and back along the lower. */
static void put_area(rq_buf *out, const char *class, const rq_reals *from, const rq_reals *to,
                     double low, double high)
{
    double step = WIDTH / (double)from->n;
    rq_buf_printf(out, "<path class=%s d='M0 %.0f", class, y_of(to->values[0], low, high));
    for (size_t i = 0; i < to->n; i++)
        rq_buf_printf(out, "V%.0fH%.0f", y_of(to->values[i], low, high), step * (double)(i + 1));
    for (size_t i = from->n; i-- > 0;)
        rq_buf_printf(out, "V%.0fH%.0f", y_of(from->values[i], low, high), step * (double)i);
    rq_buf_append(out, "Z'/>");
}

static void put_figure(const rq_html *page, const rq_report_channels *c)
{
    rq_buf *out = page->out;
    char text[RQ_NUMBER_TEXT], least[RQ_NUMBER_TEXT], most[RQ_NUMBER_TEXT];
    double low = 0, high = 0;
    for (size_t i = 0; i < c->before_low.n; i++) {
        low = fmin(low, c->before_low.values[i]);
        high = fmax(high, c->before_high.values[i]);
    }
    if (!(high > low)) return;
    rq_html_figure_begin(page, c->layer);
    rq_buf_printf(out,
                  "<small>%s channels</small></h3><svg viewBox='0 -2 %.0f %.0f' "
                  "role=img aria-label='Range of weights by output channel'>",
                  rq_unit_text(RQ_UNIT_INDEX, c->channels, text), WIDTH, HEIGHT + 4);
    put_area(out, "was", &c->before_low, &c->before_high, low, high);
    put_area(out, "area", &c->after_low, &c->after_high, low, high);
    rq_buf_printf(
        out, "<path class=limit d='M0 %.0fH%.0f'/></svg><p class=small>%s to %s</p></figure>\n",
        y_of(0, low, high), WIDTH, rq_unit_text(RQ_UNIT_REAL, low, least),
        rq_unit_text(RQ_UNIT_REAL, high, most));
}

static void write(const rq_html *page)
{
    size_t left_out = 0;
    rq_buf_append(page->out, "<div class=grid data-few=12>\n");
    for (size_t i = 0; i < page->report->n_channels; i++) {
        const rq_report_channels *c = &page->report->channels[i];
        bool fits = page->out->length < RQ_HTML_FIGURES_UNTIL;
        left_out += !fits;
        if (fits && is_drawable(&c->before_low) && is_drawable(&c->before_high) &&
            is_drawable(&c->after_low) && is_drawable(&c->after_high))
            put_figure(page, c);
    }
    rq_buf_append(page->out, "</div>\n");
    rq_html_left_out(page->out, left_out);
}

const rq_html_section rq_html_channels = {
    "channels",
    "Weights by channel",
    "Smallest and largest weight of each output channel, the first channel on the left: grey in "
    "FP32, coloured in INT8. Visible grey was clipped. A channel with a much smaller range than "
    "the others needs its own scale.",
    "Weights",
    present,
    write};
