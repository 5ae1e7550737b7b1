/* The runs at a glance, and their accuracy metric by metric. */
#include "reports/compare/compare_table.h"

#include "reports/units.h"

#include <math.h>
#include <stdio.h>

/* -- at a glance ---------------------------------------------------------------------------- */

enum {
    RUN,
    PRECISION,
    VALUE,
    FROM_ORIGINAL,
    FROM_FIRST,
    VERDICT,
    SIZE,
    RATIO,
    TIME,
    SPEEDUP,
    N_RUN
};

static void put_size(rq_compare_cell *row, double before, double after, rq_arena *arena)
{
    char buffer[RQ_NUMBER_TEXT];
    row[SIZE] = rq_compare_unit(RQ_UNIT_BYTES, after, arena);
    row[RATIO] = rq_compare_number(rq_ratio_text(before, after, buffer), after / before, arena);
}

/* `after`: of the run, or of the original again. */
static void put_time(rq_compare_cell *row, const rq_report_speed *s, double after, rq_arena *arena)
{
    char buffer[RQ_NUMBER_TEXT];
    double before = s->before_median_ms;
    row[TIME] = rq_compare_unit(RQ_UNIT_MS, after, arena);
    row[SPEEDUP] =
        s->noise ? rq_compare_noise()
                 : rq_compare_number(rq_factor_text(before, after, buffer), before / after, arena);
    row[TIME].mark = row[SPEEDUP].mark;
}

static void put_accuracy(rq_compare_cell *row, const rq_compare_value *value, size_t run,
                         rq_arena *arena)
{
    char buffer[RQ_NUMBER_TEXT];
    const rq_report_accuracy *from = value->row;
    if (!from) return;
    row[VALUE] = rq_compare_number(rq_metric_text(from->unit, from->after.value, buffer),
                                   from->after.value, arena);
    if (!from->compares)
        row[FROM_ORIGINAL] = rq_compare_number(
            rq_change_text(from->unit, from->delta.value, buffer), from->delta.value, arena);
    if (run == 0) return;
    row[VERDICT] = rq_compare_text(rq_compare_verdict(value));
    row[VERDICT].mark = rq_compare_mark(value->significance);
    if (value->apart) return;
    row[FROM_FIRST] = rq_compare_number(rq_change_text(from->unit, value->change.value, buffer),
                                        value->change.value, arena);
}

/* The model all runs started from, where it is one; with its accuracy, where that is one. */
static void put_original(rq_compare_table *out, const rq_comparison *c, rq_arena *arena)
{
    char buffer[RQ_NUMBER_TEXT];
    const rq_report *first = c->runs[0].report;
    double before, after;
    for (size_t k = 0; k < c->n; k++)
        if (!first->before.digest ||
            !rq_same_text(c->runs[k].report->before.digest, first->before.digest))
            return;
    rq_compare_cell *row = rq_compare_table_row(out);
    rq_compare_bytes(&before, &after, first);
    row[RUN] = rq_compare_text("(original)");
    row[PRECISION] = rq_compare_text(first->before.precision);
    const rq_report_accuracy *headline = rq_compare_shared_original(c);
    if (headline)
        row[VALUE] =
            rq_compare_number(rq_metric_text(headline->unit, headline->before.value, buffer),
                              headline->before.value, arena);
    put_size(row, before, before, arena);
    if (first->n_speeds) put_time(row, &first->speeds[0], first->speeds[0].before_median_ms, arena);
}

rq_status rq_compare_table_runs(rq_compare_table *out, const rq_comparison *c, rq_arena *arena)
{
    static const rq_compare_table like = {
        .id = "runs",
        .title = "At a glance",
        .lead = "Each run with the headline metric, its change against the model it started from "
                "and against the first run, its size (all files) and the median time of one "
                "inference; speed-ups are against the original, from interleaved runs."};
    const char *metric = c->headline ? c->headline->row->metric : "accuracy";
    const rq_compare_column columns[N_RUN] = {
        {"run", false},      {"precision", false}, {metric, true}, {"vs original", true},
        {"vs first", true},  {"", false},          {"size", true}, {"of original", true},
        {"one image", true}, {"speed-up", true}};
    RQ_TRY(rq_compare_table_begin(out, &like, columns, N_RUN, c->n + 1, arena));
    put_original(out, c, arena);
    for (size_t k = 0; k < c->n; k++) {
        const rq_report *report = c->runs[k].report;
        double before, after;
        rq_compare_cell *row = rq_compare_table_row(out);
        row[RUN] = rq_compare_text(c->runs[k].name);
        row[PRECISION] = rq_compare_text(report->after.precision);
        if (c->headline) put_accuracy(row, &c->headline->values[k], k, arena);
        rq_compare_bytes(&before, &after, report);
        put_size(row, before, after, arena);
        if (report->n_speeds)
            put_time(row, &report->speeds[0], report->speeds[0].after_median_ms, arena);
    }
    out->brief = out->rows;
    return RQ_OK;
}

/* -- metric by metric ----------------------------------------------------------------------- */

#define BRIEF_METRICS 24

static void put_metric(rq_compare_table *out, const rq_comparison *c,
                       const rq_compare_metric *metric, size_t k, rq_arena *arena)
{
    const rq_compare_value *value = &metric->values[k];
    char buffer[RQ_NUMBER_TEXT], counts[2 * RQ_NUMBER_TEXT];
    if (!value->row) return;
    const char *unit = value->row->unit;
    rq_compare_cell *row = rq_compare_table_row(out);
    row[0] = rq_compare_text(metric->row->metric);
    row[1] = rq_compare_text(c->runs[k].name);
    row[2] = rq_compare_number(rq_metric_text(unit, value->row->after.value, buffer),
                               value->row->after.value, arena);
    row[3] =
        rq_compare_text(rq_arena_strdup(arena, rq_interval_text(unit, &value->row->after, buffer)));
    if (value->apart) row[6] = rq_compare_text(rq_compare_verdict(value));
    if (k == 0 || isnan(value->change.value)) return;
    row[4] = rq_compare_number(rq_change_text(unit, value->change.value, buffer),
                               value->change.value, arena);
    row[5] =
        rq_compare_text(rq_arena_strdup(arena, rq_interval_text(unit, &value->change, buffer)));
    snprintf(counts, sizeof counts, "%.0f worse, %.0f better", value->worse, value->better);
    row[7] = rq_compare_number(counts, value->worse, arena);
    row[8] = rq_compare_unit(RQ_UNIT_REAL, value->p_value, arena);
    row[6] = rq_compare_text(rq_compare_verdict(value));
    row[6].mark = rq_compare_mark(value->significance);
}

rq_status rq_compare_table_accuracy(rq_compare_table *out, const rq_comparison *c, rq_arena *arena)
{
    static const rq_compare_table like = {
        .id = "accuracy",
        .title = "Accuracy",
        .lead = "Every metric of every run with its 95 % interval, and its difference from the "
                "first run on the same images. A difference is significant where the interval of a "
                "mean excludes 0. For shares of correct images, and where there is no interval, it "
                "is significant where p is below 5 % (exact McNemar or sign test) and the value "
                "changes as most images do."};
    static const rq_compare_column columns[] = {
        {"metric", false}, {"run", false}, {"value", true},  {"95 %", true}, {"vs first", true},
        {"95 %", true},    {"", false},    {"images", true}, {"p", true}};
    RQ_TRY(rq_compare_table_begin(out, &like, columns, 9, c->n_metrics * c->n, arena));
    for (size_t m = 0; m < c->n_metrics; m++)
        for (size_t k = 0; k < c->n; k++) put_metric(out, c, &c->metrics[m], k, arena);
    out->brief = out->rows < BRIEF_METRICS ? out->rows : BRIEF_METRICS;
    return RQ_OK;
}
