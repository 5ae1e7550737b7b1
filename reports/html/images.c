/* The images that quantization hurt most, with both predictions. */
#include "reports/html/html.h"

#include <math.h>

/* A page of 3 MB at most leaves this much for thumbnails. */
#define THUMBNAIL_BYTES ((size_t)600 * 1024)

static bool present(const rq_report *report)
{
    return report->n_images > 0;
}

static void put_prediction(rq_buf *out, const char *title, const char *name, double class,
                           double score)
{
    char text[RQ_NUMBER_TEXT];
    if (!name && isnan(class)) return;
    rq_buf_printf(out, "<dt>%s</dt><dd>", title);
    rq_html_text(out, name ? name : rq_unit_text(RQ_UNIT_INDEX, class, text));
    if (!isnan(score)) {
        rq_buf_append(out, " <small>");
        rq_buf_escape(out, rq_unit_text(RQ_UNIT_SHARE, score, text));
        rq_buf_append(out, "</small>");
    }
    rq_buf_append(out, "</dd>");
}

static void put_thumbnail(rq_buf *out, const rq_report_image *image, size_t *left)
{
    if (!image->jpeg || image->jpeg_size > RQ_THUMBNAIL_MAX || image->jpeg_size > *left) {
        rq_buf_append(out, "<div class=nothumb aria-hidden=true></div>");
        return;
    }
    *left -= image->jpeg_size;
    rq_buf_append(out, "<img alt='' loading=lazy src='data:image/jpeg;base64,");
    rq_buf_base64(out, image->jpeg, image->jpeg_size);
    rq_buf_append(out, "'>");
}

static void put_image(rq_buf *out, const rq_report_image *image, size_t *left)
{
    char text[RQ_NUMBER_TEXT];
    rq_buf_append(out, "<div class='card image'>");
    put_thumbnail(out, image, left);
    rq_buf_append(out, "<div><h3 class=name>");
    rq_html_text(out, image->path);
    rq_buf_append(out, "</h3>");
    if (image->newly_wrong)
        rq_buf_printf(out, "<span class='tag bad'>%s</span>",
                      isnan(image->label) ? "other prediction" : "regression");
    rq_buf_append(out, "<dl>");
    put_prediction(out, "label", image->label_name, image->label, NAN);
    put_prediction(out, "before", image->before_name, image->before_class, image->before_score);
    put_prediction(out, "after", image->after_name, image->after_class, image->after_score);
    if (!isnan(image->sqnr_db))
        rq_buf_printf(out, "<dt>SQNR</dt><dd>%s</dd>",
                      rq_unit_text(RQ_UNIT_DB, image->sqnr_db, text));
    rq_buf_append(out, "</dl></div></div>\n");
}

static void write(const rq_html *page)
{
    size_t left = THUMBNAIL_BYTES;
    rq_buf_append(page->out, "<div class='grid images'>\n");
    for (size_t i = 0; i < page->report->n_images; i++)
        put_image(page->out, &page->report->images[i], &left);
    rq_buf_append(page->out, "</div>\n");
}

const rq_html_section rq_html_images = {
    "images", "Worst images",
    "Regressions first, then images with the lowest output SQNR. The percentage is the softmax "
    "score of the prediction.",
    present, write};
