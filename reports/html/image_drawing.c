/* What is found in an image, drawn over it: boxes, masks, before and after beside each other. */
#include "reports/html/html.h"

#include <math.h>

#define SIDE 100.0   /* of the drawing, whose own units are percent */
#define COLOURS 6    /* s0 .. s5 of report.css */
#define CLASS_ID 1e6 /* no class beyond it is drawn */

static size_t colour_of(double class)
{
    return class >= 0 && class < CLASS_ID ? (size_t) class % COLOURS : 0;
}

/* Names are left to the title: over a small image they would hide it. */
static void put_boxes(const rq_html *page, const rq_reals *boxes, const char *class)
{
    const rq_texts *names = &page->report->validated.class_names;
    for (size_t i = 0; i + RQ_BOX_NUMBERS <= boxes->n; i += RQ_BOX_NUMBERS) {
        const double *b = &boxes->values[i];
        double x0 = fmin(fmax(b[0], 0), 1), y0 = fmin(fmax(b[1], 0), 1);
        double width = fmin(fmax(b[2], 0), 1) - x0, height = fmin(fmax(b[3], 0), 1) - y0;
        if (!(width > 0) || !(height > 0)) continue;
        rq_buf_printf(page->out,
                      "<rect class='%s c%zu' x=%.1f y=%.1f width=%.1f height=%.1f><title>", class,
                      colour_of(b[4]), SIDE * x0, SIDE * y0, SIDE * width, SIDE * height);
        if (b[4] >= 0 && b[4] < (double)names->n)
            rq_html_text(page->out, names->values[(size_t)b[4]]);
        else
            rq_buf_printf(page->out, "class %.0f", b[4]);
        rq_buf_printf(page->out, " %.2f</title></rect>", b[5]);
    }
}

/* A run of a class, cut at the ends of rows. */
static void put_run(rq_buf *out, size_t from, size_t n)
{
    double cell = SIDE / RQ_MASK_SIDE;
    while (n > 0) {
        size_t row = from / RQ_MASK_SIDE, column = from % RQ_MASK_SIDE;
        size_t length = n < RQ_MASK_SIDE - column ? n : RQ_MASK_SIDE - column;
        rq_buf_printf(out, "M%.1f %.1fh%.1fv%.1fh-%.1fz", cell * (double)column, cell * (double)row,
                      cell * (double)length, cell, cell * (double)length);
        from += length;
        n -= length;
    }
}

/* One path for each colour; class 0 is what is behind everything. */
static void put_mask(rq_buf *out, const rq_reals *mask)
{
    size_t cells = (size_t)RQ_MASK_SIDE * RQ_MASK_SIDE;
    for (size_t colour = 0; colour < COLOURS; colour++) {
        size_t at = 0;
        rq_buf_printf(out, "<path class='mask c%zu' d='", colour);
        for (size_t i = 0; i + 1 < mask->n; i += 2) {
            double n = mask->values[i + 1];
            if (!(n > 0) || n > (double)(cells - at)) break;
            if (mask->values[i] > 0 && colour_of(mask->values[i]) == colour)
                put_run(out, at, (size_t)n);
            at += (size_t)n;
        }
        rq_buf_append(out, "'/>");
    }
}

static void put_panel(const rq_html *page, const rq_report_image *image, const char *title,
                      const rq_reals *boxes, const rq_reals *mask, bool with_jpeg)
{
    rq_buf *out = page->out;
    rq_buf_append(out, "<figure class=found><div>");
    if (with_jpeg) {
        rq_buf_append(out, "<img alt='' src='data:image/jpeg;base64,");
        rq_buf_base64(out, image->jpeg, image->jpeg_size);
        rq_buf_append(out, "'>");
    }
    rq_buf_printf(out,
                  "<svg viewBox='0 0 100 100' preserveAspectRatio=none role=img aria-label='%s'>",
                  title);
    if (mask->n) put_mask(out, mask);
    if (boxes != &image->label_boxes) put_boxes(page, &image->label_boxes, "label");
    put_boxes(page, boxes, boxes == &image->label_boxes ? "label" : "box");
    rq_buf_printf(out, "</svg></div><figcaption>%s", title);
    if (boxes->n)
        rq_buf_printf(out, ", %zu box%s", boxes->n / RQ_BOX_NUMBERS,
                      boxes->n == RQ_BOX_NUMBERS ? "" : "es");
    rq_buf_append(out, "</figcaption></figure>");
}

bool rq_html_has_drawing(const rq_report_image *image)
{
    return image->before_boxes.n || image->after_boxes.n || image->label_boxes.n ||
           image->before_mask.n || image->after_mask.n;
}

void rq_html_image_drawing(const rq_html *page, const rq_report_image *image, bool with_jpeg)
{
    rq_buf_append(page->out, "<div class=drawn>");
    if (image->label_mask.n)
        put_panel(page, image, "label", &image->label_boxes, &image->label_mask, with_jpeg);
    put_panel(page, image, "before", &image->before_boxes, &image->before_mask, with_jpeg);
    put_panel(page, image, "after", &image->after_boxes, &image->after_mask, with_jpeg);
    rq_buf_append(page->out, "</div>");
}
