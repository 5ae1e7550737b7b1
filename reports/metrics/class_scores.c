#include "reports/metrics/class_scores.h"

#include "reports/fields.h"
#include "reports/metrics/class_ap.h"
#include "reports/metrics/measure_parts.h"

#include <math.h>
#include <stdlib.h>

extern const rq_metric rq_metric_mask, rq_metric_mask_same;

typedef struct class_table {
    rq_report_class *rows;
    size_t n;
    const rq_measure *measure;
    rq_arena *arena;
} class_table;

static rq_status make_room(class_table *m, size_t n)
{
    m->rows = rq_report_rows(m->arena, &rq_class_type, n);
    return m->rows ? RQ_OK : RQ_ENOMEM;
}

static void add(class_table *m, const char *metric, size_t class, double items, double before,
                double after)
{
    rq_report_class *row = &m->rows[m->n++];
    row->metric = metric;
    row->class_id = (double)class;
    row->items = items;
    row->before = before;
    row->after = after;
}

/* -- boxes ---------------------------------------------------------------------------------- */

/* Both have the classes of the same truths. */
static rq_status make_aps(class_table *m)
{
    rq_class_ap *before, *after;
    size_t n_before, n;
    RQ_TRY(rq_class_ap_make(&after, &n, m->measure, false, m->arena));
    RQ_TRY(rq_class_ap_make(&before, &n_before, m->measure, true, m->arena));
    RQ_TRY(make_room(m, n));
    for (size_t i = 0; i < n; i++)
        if (after[i].class_id >= 0)
            add(m, "AP50", (size_t)after[i].class_id, (double)after[i].objects,
                n_before == n ? before[i].ap : (double)NAN, after[i].ap);
    return RQ_OK;
}

/* -- masks ---------------------------------------------------------------------------------- */

static const rq_metric_result *results_of(const rq_measure *measure, const rq_metric *metric)
{
    for (size_t i = 0; i < measure->n; i++)
        if (measure->measured[i].metric == metric) return &measure->metric_results[i];
    return NULL;
}

static rq_status make_ious(class_table *m, const rq_metric_result *results, const char *metric)
{
    size_t classes = rq_mask_count_classes(&results->after);
    size_t of_before = rq_mask_count_classes(&results->before);
    if (of_before > classes) classes = of_before;
    double *after = rq_arena_alloc(m->arena, classes, sizeof *after);
    double *before = rq_arena_alloc(m->arena, classes, sizeof *before);
    double *items = rq_arena_alloc(m->arena, classes, sizeof *items);
    if (!after || !before || !items) return RQ_ENOMEM;
    RQ_TRY(rq_mask_class_iou(before, items, classes, &results->before));
    RQ_TRY(rq_mask_class_iou(after, items, classes, &results->after));
    RQ_TRY(make_room(m, classes));
    for (size_t c = 0; c < classes; c++)
        if (!isnan(after[c])) add(m, metric, c, items[c], before[c], after[c]);
    return RQ_OK;
}

/* -- classes of images ---------------------------------------------------------------------- */

typedef struct hits {
    double images, before, after;
} hits;

static rq_status make_accuracies(class_table *m)
{
    const rq_measure *measure = m->measure;
    size_t classes = measure->options.n_classes;
    hits *of = rq_arena_alloc(m->arena, classes, sizeof *of);
    if (!of) return RQ_ENOMEM;
    for (size_t i = 0; i < measure->n_images; i++) {
        const rq_image_result *r = &measure->images[i];
        if (r->label < 0 || (uint64_t)r->label >= classes) continue;
        of[r->label].images++;
        of[r->label].before += r->before == r->label;
        of[r->label].after += r->after == r->label;
    }
    RQ_TRY(make_room(m, classes));
    for (size_t c = 0; c < classes; c++)
        if (of[c].images > 0)
            add(m, "accuracy", c, of[c].images, 100 * of[c].before / of[c].images,
                100 * of[c].after / of[c].images);
    return RQ_OK;
}

/* -- all ------------------------------------------------------------------------------------ */

static double loss_of(const rq_report_class *row)
{
    return isnan(row->before) ? 100 - row->after : row->before - row->after;
}

static int most_lost_first(const void *a, const void *b)
{
    const rq_report_class *x = a, *y = b;
    double lost_x = loss_of(x), lost_y = loss_of(y);
    if (lost_x != lost_y) return lost_x > lost_y ? -1 : 1;
    return (x->class_id > y->class_id) - (x->class_id < y->class_id);
}

static rq_status make(class_table *m)
{
    const rq_metric_result *masks = results_of(m->measure, &rq_metric_mask);
    const rq_metric_result *same = results_of(m->measure, &rq_metric_mask_same);
    RQ_TRY(make_aps(m));
    if (m->n) return RQ_OK;
    if (masks) return make_ious(m, masks, "IoU");
    if (same) return make_ious(m, same, "IoU with the original");
    return m->measure->options.labelled ? make_accuracies(m) : RQ_OK;
}

rq_status rq_class_scores_make(rq_report_class **rows, size_t *n, const rq_measure *measure,
                               const char *const *names, size_t n_names, rq_arena *arena)
{
    class_table m = {.measure = measure, .arena = arena};
    RQ_TRY(make(&m));
    for (size_t i = 0; i < m.n; i++)
        if (m.rows[i].class_id < (double)n_names)
            m.rows[i].name = names[(size_t)m.rows[i].class_id];
    if (m.n) qsort(m.rows, m.n, sizeof *m.rows, most_lost_first);
    *rows = m.rows;
    *n = m.n;
    return RQ_OK;
}
