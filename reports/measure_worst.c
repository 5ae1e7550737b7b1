/* The images that quantization hurt most. */
#include "reports/fields.h"
#include "reports/measure_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool is_newly_wrong(const rq_image_result *r)
{
    if (r->label < 0) return r->before != r->after;
    return r->before == r->label && r->after != r->label;
}

static int severity(const rq_image_result *r)
{
    if (is_newly_wrong(r)) return 2;
    /* newly right is no harm, though the answer changed */
    return r->before != r->after && r->after != r->label;
}

static int worst_first(const void *a, const void *b)
{
    const rq_image_result *x = a, *y = b;
    int by_severity = severity(y) - severity(x);
    if (by_severity) return by_severity;
    if (x->sqnr_db != y->sqnr_db) return x->sqnr_db < y->sqnr_db ? -1 : 1;
    return (x->image > y->image) - (x->image < y->image);
}

static double class_or_none(int64_t class)
{
    return class < 0 ? (double)NAN : (double)class;
}

static void fill_row(rq_report_image *row, const rq_image_result *r)
{
    row->label = class_or_none(r->label);
    row->before_class = class_or_none(r->before);
    row->after_class = class_or_none(r->after);
    row->before_score = r->before_score;
    row->after_score = r->after_score;
    row->sqnr_db = r->sqnr_db;
    row->newly_wrong = is_newly_wrong(r);
}

rq_status rq_measure_worst(rq_report_image **rows, rq_image_result **results, size_t *n,
                           const rq_measure *measure, size_t want, rq_arena *arena)
{
    size_t total = measure->options.paired ? measure->n_images : 0;
    size_t count = want < total ? want : total;
    rq_image_result *sorted = rq_arena_alloc(arena, total, sizeof *sorted);
    rq_report_image *made = rq_report_rows(arena, &rq_image_type, count);
    if (!sorted || !made) return RQ_ENOMEM;
    if (total) {
        memcpy(sorted, measure->images, total * sizeof *sorted);
        qsort(sorted, total, sizeof *sorted, worst_first);
    }
    for (size_t i = 0; i < count; i++) fill_row(&made[i], &sorted[i]);
    *rows = made;
    *results = sorted;
    *n = count;
    return RQ_OK;
}
