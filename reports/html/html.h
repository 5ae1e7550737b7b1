/* The pieces of report.html. Private to reports/html.
 * Every text of the report goes through rq_buf_escape; class names and styles hold only words and
 * numbers from here. */
#ifndef RQ_REPORTS_HTML_H
#define RQ_REPORTS_HTML_H

#include "reports/compare/compare.h"
#include "reports/fields.h"
#include "reports/short_names.h"
#include "reports/summary.h"
#include "reports/units.h"

typedef struct rq_html {
    rq_buf *out;
    const rq_report *report;
    const rq_summary *summary;
    const rq_short_names *names; /* of layers */
} rq_html;

/* A part of the page with its own heading. */
typedef struct rq_html_section {
    const char *id, *title, *lead; /* lead: one sentence under the heading */
    const char *link;              /* what the navigation calls it: all links fit in one line */
    bool (*present)(const rq_report *report);
    void (*write)(const rq_html *page);
} rq_html_section;

extern const rq_html_section rq_html_advice, rq_html_accuracy, rq_html_outputs, rq_html_size,
    rq_html_speed, rq_html_layers, rq_html_histograms, rq_html_images, rq_html_costs,
    rq_html_settings, rq_html_notes, rq_html_network, rq_html_channels, rq_html_types,
    rq_html_classes, rq_html_trials;

/* Accuracy over time over size of the runs of a comparison, where three or more are known. */
void rq_html_scatter(rq_buf *out, const rq_comparison *comparison);
/* Whether it draws anything. */
bool rq_html_scatter_present(const rq_comparison *comparison);

void rq_html_header(const rq_html *page); /* model, verdict, cards */

/* -- shared --------------------------------------------------------------------------------- */

/* report.css and report.js, NUL-terminated. */
extern const char rq_html_css[], rq_html_js[];

/* Everything up to the page's content, and everything after it. "TITLE - requant KIND" */
void rq_html_open(rq_buf *out, const char *title, const char *kind);
void rq_html_close(rq_buf *out);

void rq_html_text(rq_buf *out, const char *text);            /* escaped; NULL gives a dash */
void rq_html_td(rq_buf *out, double sort, const char *text); /* a numeric cell; text is ours */
/* "What the columns mean": a list of titles and explanations, folded away. */
void rq_html_help(rq_buf *out, const rq_field *const *fields, size_t n);

/* A layer's name, by the part that tells it from the others. */
void rq_html_layer_name(const rq_html *page, const char *layer);
/* A figure of one layer up to its heading's small print, which the caller writes and closes. */
void rq_html_figure_begin(const rq_html *page, const char *layer);
/* How many figures the page leaves out; nothing where there are none. */
void rq_html_left_out(rq_buf *out, size_t n);

/* "i8", "f16", "f32", "other": a class for the colour of an element type. */
const char *rq_html_precision_class(const char *precision);
/* "good", "watch", "bad", "same", "none": a class for the colour of a SQNR. */
const char *rq_html_sqnr_class(double db);
/* What the colours of rq_html_sqnr_class begin at. */
#define RQ_SQNR_GOOD 20.0
#define RQ_SQNR_BAD 10.0

/* Figures that a page can do without end here, in bytes: it stays below 3 MB. */
#define RQ_HTML_FIGURES_UNTIL ((size_t)2700000)

/* Boxes and masks of an image, before and after beside each other; `with_jpeg`: over it. */
bool rq_html_has_drawing(const rq_report_image *image);
void rq_html_image_drawing(const rq_html *page, const rq_report_image *image, bool with_jpeg);

/* The bars of every layer's SQNR. */
void rq_html_layer_chart(const rq_html *page);

void rq_buf_base64(rq_buf *out, const uint8_t *data, size_t size);

#endif
