/* The images that quantization hurt most. */
#include "reports/fields.h"
#include "reports/metrics/measure_parts.h"

#include <math.h>
#include <stdlib.h>

static bool is_newly_wrong(const rq_image_result *r)
{
    if (r->label < 0) return r->before != r->after;
    return r->before == r->label && r->after != r->label;
}

static int severity(const rq_image_result *r)
{
    if (is_newly_wrong(r)) return 2;
    /* newly right is no harm, though the prediction changed */
    return r->before != r->after && r->after != r->label;
}

/* An image and by how much its headline metric lost. */
typedef struct ranked {
    rq_image_result result;
    double loss;
} ranked;

/* Of a metric that compares, the less alike the worse, and NaN the worst. Nothing known: no loss.
 */
static double loss_of(const rq_metric *metric, const rq_image_result *r)
{
    if (!metric) return 0;
    bool compares = metric->needs & RQ_NEEDS_REFERENCE;
    double gain = compares ? r->after_value : r->after_value - r->before_value;
    if (isnan(gain) && !compares) return 0;                        /* Inf - Inf */
    if (isnan(gain)) return metric->reduce ? INFINITY : -INFINITY; /* NaN; nothing to compare */
    return metric->higher_is_better ? -gain : gain;
}

static int worst_first(const void *a, const void *b)
{
    const rq_image_result *x = &((const ranked *)a)->result, *y = &((const ranked *)b)->result;
    double loss_x = ((const ranked *)a)->loss, loss_y = ((const ranked *)b)->loss;
    if (loss_x != loss_y) return loss_x > loss_y ? -1 : 1;
    int by_severity = severity(y) - severity(x);
    if (by_severity) return by_severity;
    if (x->sqnr_db < y->sqnr_db) return -1;
    if (x->sqnr_db > y->sqnr_db) return 1;
    return (x->image > y->image) - (x->image < y->image);
}

static double class_or_none(int64_t class)
{
    return class < 0 ? (double)NAN : (double)class;
}

static void fill_row(rq_report_image *row, const rq_image_result *r, const rq_metric *metric)
{
    row->label = class_or_none(r->label);
    row->before_class = class_or_none(r->before);
    row->after_class = class_or_none(r->after);
    row->before_score = r->before_score;
    row->after_score = r->after_score;
    row->sqnr_db = r->sqnr_db;
    row->newly_wrong = is_newly_wrong(r);
    if (!metric) return;
    row->metric = metric->n_figures ? metric->figures[0].name : metric->name;
    row->before_value = r->before_value;
    row->after_value = r->after_value;
}

static rq_status rank(ranked **out, const rq_measure *measure, size_t n, rq_arena *arena)
{
    const rq_metric *metric = rq_measure_headline(measure);
    *out = rq_arena_alloc(arena, n, sizeof **out);
    if (!*out) return RQ_ENOMEM;
    for (size_t i = 0; i < n; i++)
        (*out)[i] = (ranked){measure->images[i], loss_of(metric, &measure->images[i])};
    if (n) qsort(*out, n, sizeof **out, worst_first);
    return RQ_OK;
}

rq_status rq_measure_worst(rq_report_image **rows, rq_image_result **results, size_t *n,
                           const rq_measure *measure, size_t want, rq_arena *arena)
{
    size_t total = measure->options.paired ? measure->n_images : 0;
    size_t count = want < total ? want : total;
    ranked *sorted;
    RQ_TRY(rank(&sorted, measure, total, arena));
    rq_image_result *kept = rq_arena_alloc(arena, count, sizeof *kept);
    rq_report_image *made = rq_report_rows(arena, &rq_image_type, count);
    if (!kept || !made) return RQ_ENOMEM;
    const rq_metric *metric = rq_measure_headline(measure);
    for (size_t i = 0; i < count; i++) {
        kept[i] = sorted[i].result;
        fill_row(&made[i], &kept[i], metric);
    }
    *rows = made;
    *results = kept;
    *n = count;
    return RQ_OK;
}
