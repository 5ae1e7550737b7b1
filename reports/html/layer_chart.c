/* SQNR of every layer as bars in order of execution, the precision as a strip below. */
#include "reports/html/html.h"

#include <math.h>

#define LEFT 34.0
#define TOP 8.0
#define HEIGHT 150.0
#define STRIP 7.0
#define MAX_DB 80.0
#define MIN_BAR 2.5 /* so that 0 dB and below can be seen and clicked */

typedef struct chart {
    rq_buf *out;
    const rq_report *report;
    double step, width; /* of one bar with its gap; of all */
    double full;        /* dB at the top */
} chart;

static double top_of_scale(const rq_report *report)
{
    double top = 30;
    for (size_t i = 0; i < report->n_layers; i++)
        if (isfinite(report->layers[i].sqnr_db)) top = fmax(top, report->layers[i].sqnr_db);
    return fmin(10 * ceil(top / 10), MAX_DB);
}

static void put_axis(const chart *c)
{
    for (int db = 0; db <= (int)c->full; db += 10) {
        double y = TOP + HEIGHT * (1 - db / c->full);
        rq_buf_printf(c->out,
                      "<path class='line%s' d='M%.0f %.1fH%.1f'/><text x=%.0f y=%.1f>%d%s</text>",
                      db == (int)RQ_SQNR_BAD || db == (int)RQ_SQNR_GOOD ? " limit" : "", LEFT, y,
                      LEFT + c->width, LEFT - 5, y + 3, db, db ? "" : " dB");
    }
}

static void put_bar(const chart *c, size_t i)
{
    const rq_report_layer *layer = &c->report->layers[i];
    char text[RQ_NUMBER_TEXT];
    if (isnan(layer->sqnr_db)) return;
    double share = fmin(fmax(layer->sqnr_db / c->full, 0), 1);
    double height = fmax(HEIGHT * share, MIN_BAR);
    rq_buf_printf(c->out, "<rect class=%s data-i=%zu x=%.2f y=%.1f width=%.2f height=%.1f><title>",
                  rq_html_sqnr_class(layer->sqnr_db), i, LEFT + c->step * (double)i,
                  TOP + HEIGHT - height, c->step * 0.82, height);
    rq_html_text(c->out, layer->name);
    rq_buf_printf(c->out, ": %s</title></rect>\n", rq_unit_text(RQ_UNIT_DB, layer->sqnr_db, text));
}

/* Runs of one precision are one rectangle. */
static void put_strip(const chart *c)
{
    size_t n = c->report->n_layers, begin = 0;
    for (size_t i = 1; i <= n; i++) {
        const char *class = rq_html_precision_class(c->report->layers[begin].precision_after);
        if (i < n && class == rq_html_precision_class(c->report->layers[i].precision_after))
            continue;
        rq_buf_printf(c->out, "<rect class='seg %s' x=%.2f y=%.1f width=%.2f height=%.0f />", class,
                      LEFT + c->step * (double)begin, TOP + HEIGHT + 4,
                      c->step * (double)(i - begin) - 0.18 * c->step, STRIP);
        begin = i;
    }
}

static void put_legend(rq_buf *out)
{
    rq_buf_printf(out,
                  "<p class=legend><span class=key><i class=good></i>%.0f dB and more</span><span "
                  "class=key><i class=watch></i>%.0f to %.0f dB</span><span class=key><i class=bad>"
                  "</i>below %.0f dB</span><span class=key><i class=same></i>identical</span><span "
                  "class=key>strip: <i class='seg i8'></i>INT8 <i class='seg f16'></i>FP16 <i "
                  "class='seg f32'></i>FP32</span></p>\n",
                  RQ_SQNR_GOOD, RQ_SQNR_BAD, RQ_SQNR_GOOD, RQ_SQNR_BAD);
}

void rq_html_layer_chart(const rq_html *page)
{
    const rq_field *sqnr = rq_field_find(&rq_layer_type, "sqnr_db");
    size_t n = page->report->n_layers;
    if (!rq_field_is_known(sqnr, page->report->layers, n, &rq_layer_type)) return;
    chart c = {page->out, page->report, 0, 0, top_of_scale(page->report)};
    c.step = fmin(fmax(1000.0 / (double)n, 1.6), 80);
    c.width = c.step * (double)n;
    rq_buf_printf(
        page->out,
        "<figure><div class=scroll><svg id=layer-chart class=chart role=img tabindex=0 "
        "aria-label='SQNR of each layer in dB, in order of execution; the table below has "
        "the numbers' viewBox='0 0 %.0f %.0f' style='min-width:%.0fpx;max-width:%.0fpx'>\n",
        LEFT + c.width + 4, TOP + HEIGHT + STRIP + 8, fmax(c.width * 0.75, 300), c.width * 1.25);
    put_axis(&c);
    for (size_t i = 0; i < n; i++) put_bar(&c, i);
    put_strip(&c);
    rq_buf_append(page->out, "</svg></div><figcaption id=chart-caption>SQNR in dB, first layer on "
                             "the left. Taller is better.</figcaption>");
    put_legend(page->out);
    rq_buf_append(page->out, "</figure>\n");
}
