/* Every image's own values, so that runs over the same images can be compared in pairs. */
#include "reports/fields.h"
#include "reports/metrics/measure_parts.h"

#include <math.h>

static rq_status fill_side(rq_reals *out, const rq_metric *metric, const rq_records *records,
                           rq_arena *arena)
{
    double *values = rq_arena_alloc(arena, records->n, sizeof *values);
    if (!values) return RQ_ENOMEM;
    for (size_t i = 0; i < records->n; i++)
        values[i] = metric->proportion ? *rq_records_at(records, i) != 0
                                       : rq_metric_value(metric, records, &i, 1);
    *out = (rq_reals){values, records->n};
    return RQ_OK;
}

static rq_status fill_row(rq_report_values *row, const rq_measure *measure, size_t i,
                          const rq_metric_result *result, rq_arena *arena)
{
    const rq_measured *measured = &measure->measured[i];
    const rq_metric *metric = measured->metric;
    row->metric = metric->n_figures ? metric->figures[0].name : metric->name;
    if (measured->named) {
        row->output = rq_arena_strdup(arena, measure->options.output_names[measured->output]);
        if (!row->output) return RQ_ENOMEM;
    }
    RQ_TRY(fill_side(&row->before, metric, &result->before, arena));
    return fill_side(&row->after, metric, &result->after, arena);
}

rq_status rq_measure_values(rq_report_values **rows, size_t *n, const rq_measure *measure,
                            rq_arena *arena)
{
    *n = 0;
    *rows = rq_report_rows(arena, &rq_values_type, measure->n);
    if (!*rows) return RQ_ENOMEM;
    for (size_t i = 0; i < measure->n; i++) {
        rq_metric_result settled;
        rq_status status = rq_measure_settle(&settled, measure, i);
        if (status == RQ_OK && settled.after.n == measure->n_images)
            status = fill_row(&(*rows)[(*n)++], measure, i, &settled, arena);
        rq_measure_unsettle(&settled, measure, i);
        RQ_TRY(status);
    }
    return RQ_OK;
}

static double class_or_none(int64_t class)
{
    return class < 0 ? (double)NAN : (double)class;
}

static rq_status open_column(rq_reals *out, size_t n, rq_arena *arena)
{
    *out = (rq_reals){rq_arena_alloc(arena, n, sizeof *out->values), n};
    return out->values ? RQ_OK : RQ_ENOMEM;
}

/* A column of which nothing is known is left out. */
static void close_column(rq_reals *column)
{
    for (size_t i = 0; i < column->n; i++)
        if (!isnan(column->values[i])) return;
    column->n = 0;
}

rq_status rq_measure_classes(rq_report_validated *out, const rq_measure *measure, rq_arena *arena)
{
    size_t n = measure->n_images;
    RQ_TRY(open_column(&out->labels, n, arena));
    RQ_TRY(open_column(&out->before_classes, n, arena));
    RQ_TRY(open_column(&out->after_classes, n, arena));
    for (size_t i = 0; i < n; i++) {
        out->labels.values[i] = class_or_none(measure->images[i].label);
        out->before_classes.values[i] = class_or_none(measure->images[i].before);
        out->after_classes.values[i] = class_or_none(measure->images[i].after);
    }
    close_column(&out->labels);
    close_column(&out->before_classes);
    close_column(&out->after_classes);
    return RQ_OK;
}
