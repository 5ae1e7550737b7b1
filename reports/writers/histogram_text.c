#include "reports/writers/histogram_text.h"

#include "reports/units.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define COLUMNS 64
#define LINES 5
#define STEPS 8 /* of one character */
#define MARGIN "    "

static const char *const blocks[STEPS + 1] = {" ",      "\u2581", "\u2582", "\u2583", "\u2584",
                                              "\u2585", "\u2586", "\u2587", "\u2588"};
static const char *const ascii[STEPS + 1] = {" ", ".", ".", ":", ":", "|", "|", "#", "#"};

bool rq_draw_may_unicode(void)
{
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *value = getenv(names[i]);
        if (!value || !*value) continue;
        const char *dot = strrchr(value, '.');
        return dot && (!strncasecmp(dot, ".utf-8", 6) || !strncasecmp(dot, ".utf8", 5));
    }
    return false;
}

typedef struct drawing {
    double heights[COLUMNS]; /* in steps */
    bool outside[COLUMNS];
    int low, high; /* columns of the range; -1: none */
    double min, max;
} drawing;

static int column_of(const drawing *d, double x)
{
    double share = (x / 2 - d->min / 2) / (d->max / 2 - d->min / 2);
    return share >= 0 && share <= 1 ? (int)fmin(share * COLUMNS, COLUMNS - 1) : -1;
}

/* Buckets merged to columns; false where nothing can be drawn. */
static bool prepare(drawing *d, const rq_report_histogram *h)
{
    double sums[COLUMNS] = {0}, most = 0;
    size_t n = h->counts.n;
    if (n == 0 || h->edges.n != n + 1) return false;
    d->min = h->edges.values[0];
    d->max = h->edges.values[n];
    if (!isfinite(d->min) || !isfinite(d->max) || !(d->min < d->max)) return false;
    for (size_t i = 0; i < n; i++)
        if (h->counts.values[i] > 0) sums[i * COLUMNS / n] += h->counts.values[i];
    for (size_t i = 0; i < COLUMNS; i++) most = fmax(most, sums[i]);
    if (!(most > 0) || !isfinite(most)) return false;
    d->low = column_of(d, h->low);
    d->high = column_of(d, h->high);
    for (int i = 0; i < COLUMNS; i++) {
        d->heights[i] = LINES * STEPS * sqrt(sums[i] / most);
        if (sums[i] > 0) d->heights[i] = fmax(d->heights[i], 1);
        d->outside[i] = (d->low >= 0 && i < d->low) || (d->high >= 0 && i > d->high);
    }
    return true;
}

static void put_line(rq_buf *out, const drawing *d, int line, const rq_draw_style *style)
{
    const char *const *glyphs = style->unicode ? blocks : ascii;
    bool red = false;
    rq_buf_append(out, MARGIN);
    for (int i = 0; i < COLUMNS; i++) {
        double filled = d->heights[i] - (LINES - 1 - line) * STEPS;
        if (style->colour && d->outside[i] != red) {
            red = d->outside[i];
            rq_buf_append(out, red ? "\033[31m" : "\033[0m");
        }
        rq_buf_append(out, glyphs[(int)fmin(fmax(filled, 0), STEPS)]);
    }
    rq_buf_append(out, red ? "\033[0m\n" : "\n");
}

static void put_range(rq_buf *out, const drawing *d)
{
    char line[COLUMNS + 1];
    memset(line, '-', COLUMNS);
    line[COLUMNS] = '\0';
    if (d->low >= 0) line[d->low] = '[';
    if (d->high >= 0) line[d->high] = ']';
    rq_buf_printf(out, MARGIN "%s\n", line);
}

static void put_ends(rq_buf *out, const drawing *d, const rq_report_histogram *h)
{
    char min[RQ_NUMBER_TEXT], max[RQ_NUMBER_TEXT], low[RQ_NUMBER_TEXT], high[RQ_NUMBER_TEXT];
    char range[3 * RQ_NUMBER_TEXT] = "";
    if (!isnan(h->low) && !isnan(h->high))
        snprintf(range, sizeof range, "range %s to %s", rq_unit_text(RQ_UNIT_REAL, h->low, low),
                 rq_unit_text(RQ_UNIT_REAL, h->high, high));
    rq_unit_text(RQ_UNIT_REAL, d->min, min);
    rq_unit_text(RQ_UNIT_REAL, d->max, max);
    int gap = COLUMNS - (int)(strlen(min) + strlen(max) + strlen(range));
    int left = gap > 1 ? gap / 2 : 1;
    rq_buf_printf(out, MARGIN "%s%*s%s%*s%s\n", min, left, "", range,
                  gap - left > 1 ? gap - left : 1, "", max);
}

void rq_histogram_draw(rq_buf *out, const rq_report_histogram *histogram,
                       const rq_draw_style *style)
{
    drawing d;
    if (!prepare(&d, histogram)) return;
    for (int line = 0; line < LINES; line++) put_line(out, &d, line, style);
    put_range(out, &d);
    put_ends(out, &d, histogram);
}
