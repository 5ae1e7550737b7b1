/* Accuracy over time, the area of a point its size, with the 95 % interval of accuracy and the
 * fastest to the slowest tenth of times. Each point links to its row of the table. */
#include "reports/html/html.h"

#include <math.h>
#include <stdio.h>

#define LEFT 52.0
#define RIGHT 110.0
#define TOP 14.0
#define BOTTOM 40.0
#define WIDTH 680.0
#define HEIGHT 360.0
#define MAX_RADIUS 20.0
#define MIN_RADIUS 4.0
#define LABEL_STEP 13.0
#define LETTER 6.2 /* about, of the font size in report.css */
#define MAX_POINTS 65
#define MIN_RUNS 3
#define MAX_SCALE 1e15 /* beyond that, scales overflow */

typedef struct point {
    const char *name, *precision;
    double x, y, bytes;
    double x_low, x_high, y_low, y_high; /* of the error bars; NaN: none */
    size_t row;                          /* in the table of runs */
} point;

typedef struct axis {
    double low, high, step;
} axis;

typedef struct plot {
    rq_buf *out;
    const rq_report_accuracy *metric;
    point points[MAX_POINTS];
    size_t n;
    axis x, y;
    double most_bytes;
    bool relative; /* time is a share of the original's, which is the same for all runs */
} plot;

/* -- points --------------------------------------------------------------------------------- */

static void add_point(plot *p, const point *made)
{
    bool drawable = made->x >= 0 && made->x < MAX_SCALE && fabs(made->y) < MAX_SCALE;
    if (drawable && p->n < MAX_POINTS) p->points[p->n++] = *made;
}

static void add_run(plot *p, const rq_comparison *c, size_t k, size_t row)
{
    const rq_report *report = c->runs[k].report;
    const rq_report_accuracy *accuracy = c->headline->values[k].row;
    double before, after;
    if (!accuracy || !report->n_speeds || report->speeds[0].noise) return;
    const rq_report_speed *speed = &report->speeds[0];
    rq_compare_bytes(&before, &after, report);
    double unit = p->relative ? speed->before_median_ms : 1;
    add_point(p, &(point){.name = c->runs[k].name,
                          .precision = report->after.precision,
                          .x = speed->after_median_ms / unit,
                          .y = accuracy->after.value,
                          .bytes = after,
                          .x_low = speed->after_p10_ms / unit,
                          .x_high = speed->after_p90_ms / unit,
                          .y_low = accuracy->after.low,
                          .y_high = accuracy->after.high,
                          .row = row});
}

/* The table's row beyond the runs is the original. */
static void collect(plot *p, const rq_comparison *c)
{
    size_t rows = c->n_tables ? c->tables[0].rows : 0;
    bool original = rows > c->n;
    p->metric = c->headline ? c->headline->row : NULL;
    if (!p->metric) return;
    const rq_report *first = c->runs[0].report;
    const rq_report_accuracy *accuracy = rq_compare_shared_original(c);
    double before, after;
    rq_compare_bytes(&before, &after, first);
    p->relative = original;
    if (original && accuracy && first->n_speeds)
        add_point(p, &(point){.name = "(original)",
                              .precision = first->before.precision,
                              .x = 1,
                              .y = accuracy->before.value,
                              .bytes = before,
                              .x_low = NAN,
                              .x_high = NAN,
                              .y_low = accuracy->before.low,
                              .y_high = accuracy->before.high});
    for (size_t k = 0; k < c->n; k++) add_run(p, c, k, k + original);
}

/* -- scales --------------------------------------------------------------------------------- */

/* 1, 2 or 5 times a power of ten, about a fifth of the span. */
static double nice_step(double span)
{
    double power = pow(10, floor(log10(span / 5))), share = span / 5 / power;
    return power * (share < 1.5 ? 1 : share < 3.5 ? 2 : share < 7.5 ? 5 : 10);
}

static axis axis_of(double low, double high, bool from_zero)
{
    double span = high - low, least = fmax(fabs(high), 1e-6) * 0.01;
    if (span < least) span = least;
    axis a = {from_zero ? 0 : low - 0.15 * span, high + 0.15 * span, 0};
    a.step = nice_step(a.high - a.low);
    a.low = floor(a.low / a.step) * a.step;
    a.high = ceil(a.high / a.step) * a.step;
    return a;
}

static bool has_interval(const point *at)
{
    return fabs(at->y_low) < MAX_SCALE && fabs(at->y_high) < MAX_SCALE && at->y_low <= at->y &&
           at->y <= at->y_high;
}

static void scale(plot *p)
{
    double x = 0, low = INFINITY, high = -INFINITY;
    for (size_t i = 0; i < p->n; i++) {
        x = fmax(x, p->points[i].x);
        low = fmin(low, p->points[i].y);
        high = fmax(high, p->points[i].y);
        if (!has_interval(&p->points[i])) continue;
        low = fmin(low, p->points[i].y_low);
        high = fmax(high, p->points[i].y_high);
    }
    for (size_t i = 0; i < p->n; i++)
        if (p->points[i].bytes < MAX_SCALE) p->most_bytes = fmax(p->most_bytes, p->points[i].bytes);
    p->x = axis_of(0, x, true);
    p->y = axis_of(low, high, false);
}

static double at_x(const plot *p, double x)
{
    return LEFT + (WIDTH - LEFT - RIGHT) * (x - p->x.low) / (p->x.high - p->x.low);
}

static double at_y(const plot *p, double y)
{
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * (y - p->y.low) / (p->y.high - p->y.low);
}

static double radius(const plot *p, double bytes)
{
    if (!(p->most_bytes > 0) || !(fabs(bytes) < MAX_SCALE)) return MIN_RADIUS;
    return fmax(MAX_RADIUS * sqrt(fmax(bytes, 0) / p->most_bytes), MIN_RADIUS);
}

/* -- drawing -------------------------------------------------------------------------------- */

static int steps(const axis *a)
{
    double n = round((a->high - a->low) / a->step);
    return n < 20 ? (int)n : 20;
}

static void put_axes(const plot *p)
{
    char text[RQ_NUMBER_TEXT];
    for (int i = 0; i <= steps(&p->y); i++) {
        double y = p->y.low + i * p->y.step;
        rq_buf_printf(p->out, "<path class=line d='M%.0f %.1fH%.0f'/><text x=%.0f y=%.1f>%s</text>",
                      LEFT, at_y(p, y), WIDTH - RIGHT, LEFT - 6, at_y(p, y) + 4,
                      rq_unit_text(RQ_UNIT_REAL, fabs(y) < p->y.step / 2 ? 0 : y, text));
    }
    for (int i = 0; i <= steps(&p->x); i++) {
        double x = p->x.low + i * p->x.step;
        rq_buf_printf(p->out,
                      "<path class=line d='M%.1f %.0fV%.0f'/><text class=mid x=%.1f y=%.0f>%s"
                      "</text>",
                      at_x(p, x), TOP, HEIGHT - BOTTOM, at_x(p, x), HEIGHT - BOTTOM + 15,
                      rq_unit_text(RQ_UNIT_REAL, x, text));
    }
    rq_buf_printf(p->out, "<text class=mid x=%.0f y=%.0f>median time of one inference%s</text>",
                  (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 6,
                  p->relative ? ", the original is 1" : " in ms");
}

/* A label is about this wide; its baseline is at y. */
typedef struct label {
    double x, y, width;
    bool left; /* of its point, where it would leave the drawing on the right */
} label;

static double text_width(const char *text)
{
    double n = 0;
    for (; *text; text++) n += ((unsigned char)*text & 0xC0) != 0x80; /* code points */
    return n * LETTER;
}

static double start_of(const label *l)
{
    return l->left ? l->x - l->width : l->x;
}

static bool cover(const label *a, const label *b)
{
    return start_of(a) < start_of(b) + b->width && start_of(b) < start_of(a) + a->width &&
           fabs(a->y - b->y) < LABEL_STEP - 0.5;
}

/* The lowest baseline that clears a circle which the label would cover; its own y otherwise. */
static double below_point(const plot *p, const label *l, size_t i)
{
    const point *at = &p->points[i];
    double r = radius(p, at->bytes), cx = at_x(p, at->x), cy = at_y(p, at->y);
    bool beside = start_of(l) > cx + r || start_of(l) + l->width < cx - r;
    bool apart = l->y < cy - r || l->y - LABEL_STEP + 3 > cy + r;
    return beside || apart ? l->y : cy + r + LABEL_STEP;
}

/* Down from beside its point, until it covers no other point and none of the labels before it. */
static void place(const plot *p, label *labels, size_t i)
{
    label *l = &labels[i];
    const point *at = &p->points[i];
    double reach = radius(p, at->bytes) + 5, x = at_x(p, at->x);
    *l = (label){x + reach, at_y(p, at->y) + 4, text_width(at->name), false};
    l->left = l->x + l->width > WIDTH && x - reach - l->width > LEFT;
    if (l->left) l->x = x - reach;
    for (bool moved = true; moved;) {
        moved = false;
        for (size_t k = 0; k < p->n; k++) {
            double y = k == i ? l->y : below_point(p, l, k);
            if (k < i && cover(l, &labels[k])) y = fmax(y, labels[k].y + LABEL_STEP);
            if (y <= l->y) continue;
            l->y = y;
            moved = true;
        }
    }
}

/* Slow tenths on a busy machine may lie far beyond the drawing: bars end at its edge. */
static void put_error_bars(const plot *p, const point *at)
{
    double x = at_x(p, at->x), y = at_y(p, at->y), right = WIDTH - RIGHT;
    rq_buf_append(p->out, "<path class=error d='");
    if (has_interval(at))
        rq_buf_printf(p->out, "M%.1f %.1fV%.1f", x, at_y(p, at->y_low), at_y(p, at->y_high));
    if (at->x_low >= 0 && at->x_low <= at->x && at->x_high >= at->x)
        rq_buf_printf(p->out, "M%.1f %.1fH%.1f", at_x(p, at->x_low), y,
                      fmin(at_x(p, fmin(at->x_high, MAX_SCALE)), right));
    rq_buf_append(p->out, "'/>");
}

static void put_point(const plot *p, size_t i)
{
    const point *at = &p->points[i];
    char y[RQ_NUMBER_TEXT], x[RQ_NUMBER_TEXT], size[RQ_NUMBER_TEXT];
    double r = radius(p, at->bytes);
    rq_buf_printf(p->out, "<a href='#runs-%zu'><title>", at->row);
    rq_html_text(p->out, at->name);
    rq_buf_append(p->out, ": ");
    rq_html_text(p->out, p->metric->metric);
    rq_buf_printf(
        p->out, " %s, %s%s, %s</title><circle class='seg %s' cx=%.1f cy=%.1f r=%.1f /></a>\n",
        rq_metric_text(p->metric->unit, at->y, y),
        p->relative ? rq_unit_text(RQ_UNIT_SHARE, at->x, x) : rq_unit_text(RQ_UNIT_MS, at->x, x),
        p->relative ? " of the time" : "", rq_unit_text(RQ_UNIT_BYTES, at->bytes, size),
        rq_html_precision_class(at->precision), at_x(p, at->x), at_y(p, at->y), r);
}

/* After all points, so that none covers a name. */
static void put_labels(const plot *p)
{
    label labels[MAX_POINTS];
    for (size_t i = 0; i < p->n; i++) {
        place(p, labels, i);
        rq_buf_printf(p->out, "<text class=%s x=%.1f y=%.1f aria-hidden=true>",
                      labels[i].left ? "end" : "start", labels[i].x, labels[i].y);
        rq_html_text(p->out, p->points[i].name);
        rq_buf_append(p->out, "</text>");
    }
}

static void draw(const plot *p)
{
    char size[RQ_NUMBER_TEXT];
    rq_buf_append(p->out, "<figure><figcaption>");
    rq_html_text(p->out, p->metric->metric);
    if (p->metric->unit && *p->metric->unit) {
        rq_buf_append(p->out, " in ");
        rq_html_text(p->out, p->metric->unit);
    }
    rq_buf_append(p->out, p->metric->higher_is_better
                              ? " (up) over time (left is faster): the upper left corner is best."
                              : " (down is better) over time (left is faster).");
    rq_buf_printf(p->out,
                  "</figcaption><div class=scroll tabindex=0 role=region aria-label=Drawing><svg "
                  "class='chart scatter' role=group "
                  "aria-label='Runs by accuracy and time' viewBox='0 0 %.0f %.0f'>\n",
                  WIDTH, HEIGHT);
    put_axes(p);
    for (size_t i = 0; i < p->n; i++) put_error_bars(p, &p->points[i]);
    for (size_t i = 0; i < p->n; i++) put_point(p, i);
    put_labels(p);
    rq_buf_printf(
        p->out,
        "</svg></div><p class=legend>bars: 95 %% interval of the metric, fastest to slowest "
        "tenth of times; area of a point: size of the model, the largest is %s <span class=key><i "
        "class='seg i8'></i>INT8 <i class='seg f16'></i>FP16 <i "
        "class='seg f32'></i>FP32 <i class='seg other'></i>other</span></p></figure>\n",
        rq_unit_text(RQ_UNIT_BYTES, p->most_bytes, size));
}

bool rq_html_scatter_present(const rq_comparison *comparison)
{
    plot p = {0};
    collect(&p, comparison);
    return p.n >= MIN_RUNS && !rq_compare_any_apart(comparison);
}

void rq_html_scatter(rq_buf *out, const rq_comparison *comparison)
{
    plot p = {.out = out};
    collect(&p, comparison);
    if (p.n < MIN_RUNS) return;
    scale(&p);
    draw(&p);
}
