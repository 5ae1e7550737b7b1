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

static bool take_room(const rq_report_image *image, size_t copies, size_t *left)
{
    size_t size = copies * image->jpeg_size;
    if (!image->jpeg || image->jpeg_size > RQ_THUMBNAIL_MAX || size > *left) return false;
    *left -= size;
    return true;
}

/* Arrays have none, and --no-thumbnails leaves them out: then no card keeps room for one. */
static bool has_thumbnails(const rq_report *report)
{
    size_t i = 0;
    while (i < report->n_images && !report->images[i].jpeg) i++;
    return i < report->n_images;
}

static void put_thumbnail(rq_buf *out, const rq_report_image *image, size_t *left)
{
    if (!take_room(image, 1, left)) {
        rq_buf_append(out, "<div class=nothumb aria-hidden=true></div>");
        return;
    }
    rq_buf_append(out, "<img alt='' src='data:image/jpeg;base64,");
    rq_buf_base64(out, image->jpeg, image->jpeg_size);
    rq_buf_append(out, "'>");
}

static void put_value(rq_buf *out, const char *title, const char *text)
{
    if (!text) return;
    rq_buf_printf(out, "<dt>%s</dt><dd>", title);
    rq_html_text(out, text);
    rq_buf_append(out, "</dd>");
}

/* NULL: the table of accuracy does not have the metric. */
static const char *unit_of(const rq_report *report, const char *metric)
{
    for (size_t i = 0; i < report->n_accuracy; i++)
        if (rq_same_text(report->accuracy[i].metric, metric)) return report->accuracy[i].unit;
    return NULL;
}

static const char *value_text(const char *unit, double x, char text[RQ_NUMBER_TEXT])
{
    return unit ? rq_metric_text(unit, x, text) : rq_unit_text(RQ_UNIT_REAL, x, text);
}

/* The metric that images are sorted by, where it is one of each image. */
static void put_metric(const rq_html *page, const rq_report_image *image)
{
    rq_buf *out = page->out;
    char text[RQ_NUMBER_TEXT];
    if (!image->metric || isnan(image->after_value)) return;
    const char *unit = unit_of(page->report, image->metric);
    rq_buf_append(out, "<dt>");
    rq_html_text(out, image->metric);
    rq_buf_append(out, "</dt><dd>");
    if (!isnan(image->before_value))
        rq_buf_printf(out, "%s <span aria-label=to>\xe2\x86\x92</span> ",
                      value_text(unit, image->before_value, text));
    rq_buf_printf(out, "<b>%s</b></dd>", value_text(unit, image->after_value, text));
}

static void put_facts(const rq_html *page, const rq_report_image *image)
{
    rq_buf *out = page->out;
    char text[RQ_NUMBER_TEXT];
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
    put_value(out, "label", image->label_text);
    put_value(out, "before", image->before_text);
    put_value(out, "after", image->after_text);
    put_metric(page, image);
    if (!isnan(image->sqnr_db))
        rq_buf_printf(out, "<dt>image SQNR</dt><dd>%s</dd>",
                      rq_unit_text(RQ_UNIT_DB, image->sqnr_db, text));
    rq_buf_append(out, "</dl></div>");
}

static void put_image(const rq_html *page, const rq_report_image *image, size_t *left)
{
    size_t copies = image->label_mask.n ? 3 : 2;
    bool drawn = rq_html_has_drawing(image);
    rq_buf_printf(page->out, "<div class='card image%s'>", drawn ? " tall" : "");
    if (drawn)
        rq_html_image_drawing(page, image, take_room(image, copies, left));
    else if (has_thumbnails(page->report))
        put_thumbnail(page->out, image, left);
    put_facts(page, image);
    rq_buf_append(page->out, "</div>\n");
}

static void write(const rq_html *page)
{
    size_t left = THUMBNAIL_BYTES;
    rq_buf_append(page->out, "<div class='grid images'>\n");
    for (size_t i = 0; i < page->report->n_images; i++)
        put_image(page, &page->report->images[i], &left);
    rq_buf_append(page->out, "</div>\n");
}

const rq_html_section rq_html_images = {
    "images",
    "Worst images",
    "Sorted by the loss of the metric that each shows, then regressions, then the lowest SQNR of "
    "the outputs. The percentage is the softmax score of the prediction. Boxes: solid what is "
    "found, dashed the ground truth.",
    "Images",
    present,
    write};
