/* Histograms of chosen layers: how values are spread, and which of them the range holds. */
#include "reports/html/html.h"

#include <math.h>

#define MAX_HISTOGRAMS 400 /* 1.6 kB each */
#define MAX_BARS 100
#define WIDTH 320.0
#define HEIGHT 100.0

static bool present(const rq_report *report)
{
    return report->n_histograms > 0;
}

/* Neighbours are added up where there are more buckets than bars. */
static size_t bars_of(double *bars, const rq_report_histogram *h, double *highest)
{
    size_t group = (h->counts.n + MAX_BARS - 1) / MAX_BARS, n = 0;
    *highest = 0;
    for (size_t i = 0; i < h->counts.n; i += group, n++) {
        bars[n] = 0;
        for (size_t k = i; k < i + group && k < h->counts.n; k++)
            if (h->counts.values[k] > 0) bars[n] += h->counts.values[k];
        *highest = fmax(*highest, bars[n]);
    }
    return n;
}

static void put_outline(rq_buf *out, const rq_report_histogram *h)
{
    double bars[MAX_BARS], highest;
    size_t n = bars_of(bars, h, &highest);
    double scale = highest > 0 && isfinite(highest) ? HEIGHT / log1p(highest) : 0;
    double each = (double)((h->counts.n + MAX_BARS - 1) / MAX_BARS) / (double)h->counts.n;
    rq_buf_printf(out, "<path class=area d='M0 %.0f", HEIGHT);
    for (size_t i = 0; i < n; i++)
        rq_buf_printf(out, "V%.1fH%.1f", HEIGHT - scale * log1p(fmin(bars[i], 1e300)),
                      WIDTH * fmin((double)(i + 1) * each, 1));
    rq_buf_printf(out, "V%.0fZ'/>", HEIGHT);
}

static double place(const rq_report_histogram *h, double x)
{
    double min = h->edges.values[0], max = h->edges.values[h->edges.n - 1];
    return WIDTH * fmin(fmax((x / 2 - min / 2) / (max / 2 - min / 2), 0), 1);
}

/* What lies outside is tinted. */
static void put_range(rq_buf *out, const rq_report_histogram *h)
{
    if (!isfinite(h->low) || !isfinite(h->high)) return;
    double low = place(h, h->low), high = place(h, h->high);
    rq_buf_printf(out,
                  "<rect class=out x=0 y=0 width=%.1f height=%.0f /><rect class=out x=%.1f y=0 "
                  "width=%.1f height=%.0f /><path class=range d='M%.1f 0V%.0fM%.1f 0V%.0f'/>",
                  low, HEIGHT, high, WIDTH - high, HEIGHT, low, HEIGHT, high, HEIGHT);
}

static void put_scale(rq_buf *out, const rq_report_histogram *h)
{
    double min = h->edges.values[0], max = h->edges.values[h->edges.n - 1];
    rq_buf_printf(out, "<text x=0 y=%.0f>%.4g</text><text class=end x=%.0f y=%.0f>%.4g</text>",
                  HEIGHT + 12, min, WIDTH, HEIGHT + 12, max);
    if (min < 0 && max > 0 && place(h, 0) > 50 && place(h, 0) < WIDTH - 50)
        rq_buf_printf(out, "<text class=mid x=%.1f y=%.0f>0</text>", place(h, 0), HEIGHT + 12);
}

static void put_facts(rq_buf *out, const rq_report_histogram *h)
{
    char low[RQ_NUMBER_TEXT], high[RQ_NUMBER_TEXT], share[RQ_NUMBER_TEXT];
    rq_buf_append(out, "<p class=small>");
    if (isfinite(h->low) && isfinite(h->high))
        rq_buf_printf(out, "range <b>%s</b> to <b>%s</b>", rq_unit_text(RQ_UNIT_REAL, h->low, low),
                      rq_unit_text(RQ_UNIT_REAL, h->high, high));
    if (h->estimator) {
        rq_buf_append(out, " by ");
        rq_html_text(out, h->estimator);
    }
    if (!isnan(h->clipped_share)) {
        rq_unit_text(RQ_UNIT_SHARE, h->clipped_share, share);
        rq_buf_append(out, ", clipped <b>");
        rq_buf_escape(out, share);
        rq_buf_append(out, "</b>");
    }
    rq_buf_append(out, "</p>");
}

static void put_histogram(const rq_html *page, const rq_report_histogram *h)
{
    rq_buf *out = page->out;
    rq_html_figure_begin(page, h->layer);
    rq_buf_append(out, "<small>");
    rq_html_text(out, h->value);
    rq_buf_printf(out,
                  "</small></h3><svg viewBox='0 -2 %.0f %.0f' role=img aria-label='Histogram; "
                  "counts on a logarithmic scale'>",
                  WIDTH, HEIGHT + 16);
    put_outline(out, h);
    put_range(out, h);
    put_scale(out, h);
    rq_buf_append(out, "</svg>");
    put_facts(out, h);
    rq_buf_append(out, "</figure>\n");
}

static bool can_be_drawn(const rq_report_histogram *h)
{
    return h->counts.n > 0 && h->edges.n == h->counts.n + 1 && isfinite(h->edges.values[0]) &&
           isfinite(h->edges.values[h->counts.n]) &&
           h->edges.values[0] < h->edges.values[h->counts.n];
}

static void write(const rq_html *page)
{
    size_t n = page->report->n_histograms, shown = n < MAX_HISTOGRAMS ? n : MAX_HISTOGRAMS;
    rq_buf_append(page->out, "<div class=grid data-few=12>\n");
    for (size_t i = 0; i < shown; i++)
        if (page->out->length < RQ_HTML_FIGURES_UNTIL && can_be_drawn(&page->report->histograms[i]))
            put_histogram(page, &page->report->histograms[i]);
    rq_buf_append(page->out, "</div>\n");
    rq_html_left_out(page->out, n - shown);
}

const rq_html_section rq_html_histograms = {
    "histograms",
    "Ranges",
    "How often each value occurred, on a logarithmic scale. Values in the tinted part lie outside "
    "the chosen range and are clipped to its end.",
    "Ranges",
    present,
    write};
