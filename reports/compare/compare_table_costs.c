/* Sizes and times of several runs. */
#include "reports/compare/compare_table.h"

#include "reports/speedup.h"
#include "reports/summary.h"
#include "reports/units.h"

#include <math.h>
#include <stdio.h>

/* -- sizes ---------------------------------------------------------------------------------- */

static const rq_report_size *find_size(const rq_report *report, const rq_report_size *like)
{
    for (size_t i = 0; i < report->n_sizes; i++)
        if (rq_same_text(report->sizes[i].part, like->part) &&
            rq_same_text(report->sizes[i].name, like->name))
            return &report->sizes[i];
    return NULL;
}

/* Whether a run before `run` has the row too. */
static bool seen_before(const rq_comparison *c, size_t run, const rq_report_size *size)
{
    for (size_t k = 0; k < run; k++)
        if (find_size(c->runs[k].report, size)) return true;
    return find_size(c->runs[run].report, size) != size;
}

static void put_size(rq_compare_table *out, const rq_comparison *c, const rq_report_size *size,
                     rq_arena *arena)
{
    rq_compare_cell *row = rq_compare_table_row(out);
    row[0] = rq_compare_text(
        rq_arena_printf(arena, rq_same_text(size->part, "weights") ? "weights in %s" : "%s file",
                        size->name ? size->name : "-"));
    for (size_t k = 0; k < c->n; k++) {
        const rq_report_size *of = find_size(c->runs[k].report, size);
        row[k + 1] = rq_compare_unit(RQ_UNIT_BYTES, of ? of->after_bytes : 0, arena);
    }
}

static bool is_file(const rq_report_size *size)
{
    return rq_same_text(size->part, "file");
}

static bool has_files_of(const rq_report *report, const rq_report *other)
{
    for (size_t i = 0; i < other->n_sizes; i++)
        if (is_file(&other->sizes[i]) && !find_size(report, &other->sizes[i])) return false;
    return true;
}

/* An ONNX file's run has another than an IR's. */
static bool have_same_files(const rq_comparison *c)
{
    const rq_report *first = c->runs[0].report;
    for (size_t k = 1; k < c->n; k++)
        if (!has_files_of(first, c->runs[k].report) || !has_files_of(c->runs[k].report, first))
            return false;
    return true;
}

static double bytes_of_files(const rq_report *report)
{
    double sum = 0;
    for (size_t i = 0; i < report->n_sizes; i++)
        if (is_file(&report->sizes[i])) sum += report->sizes[i].after_bytes;
    return sum;
}

static void put_files(rq_compare_table *out, const rq_comparison *c, rq_arena *arena)
{
    rq_compare_cell *row = rq_compare_table_row(out);
    row[0] = rq_compare_text("model files");
    for (size_t k = 0; k < c->n; k++)
        row[k + 1] = rq_compare_unit(RQ_UNIT_BYTES, bytes_of_files(c->runs[k].report), arena);
}

rq_status rq_compare_table_size(rq_compare_table *out, const rq_comparison *c, rq_arena *arena)
{
    static const rq_compare_table like = {
        .id = "size", .title = "Size", .lead = "Weights by element type, and files, in bytes."};
    rq_compare_column *columns;
    size_t most = 1;
    bool same_files = have_same_files(c);
    for (size_t k = 0; k < c->n; k++) most += c->runs[k].report->n_sizes;
    RQ_TRY(rq_compare_columns_by_run(&columns, c, "size", true, arena));
    RQ_TRY(rq_compare_table_begin(out, &like, columns, c->n + 1, most, arena));
    for (size_t k = 0; k < c->n; k++)
        for (size_t i = 0; i < c->runs[k].report->n_sizes; i++) {
            const rq_report_size *size = &c->runs[k].report->sizes[i];
            if (is_file(size) && !same_files) continue;
            if (!seen_before(c, k, size)) put_size(out, c, size, arena);
        }
    if (!same_files) put_files(out, c, arena);
    out->brief = out->rows;
    return RQ_OK;
}

/* -- times ---------------------------------------------------------------------------------- */

static void put_speed(rq_compare_table *out, const char *run, const rq_report_speed *s,
                      rq_arena *arena)
{
    char buffer[RQ_NUMBER_TEXT], spread[2 * RQ_NUMBER_TEXT], name[RQ_SPEED_NAME];
    rq_compare_cell *row = rq_compare_table_row(out);
    row[0] = rq_compare_text(run);
    row[1] = rq_compare_text(rq_arena_strdup(arena, rq_speed_name(s, name)));
    row[2] = rq_compare_unit(RQ_UNIT_INDEX, s->threads, arena);
    row[3] = rq_compare_unit(RQ_UNIT_MS, s->before_median_ms, arena);
    row[4] = rq_compare_unit(RQ_UNIT_MS, s->after_median_ms, arena);
    snprintf(spread, sizeof spread, "%.2f .. %.2f", s->after_p10_ms, s->after_p90_ms);
    row[5] = rq_compare_number(spread, s->after_p10_ms, arena);
    row[6] = rq_compare_noise();
    if (s->noise) return;
    row[6] = rq_compare_number(rq_factor_text(s->before_median_ms, s->after_median_ms, buffer),
                               rq_speedup(s), arena);
}

rq_status rq_compare_table_speed(rq_compare_table *out, const rq_comparison *c, rq_arena *arena)
{
    static const rq_compare_table like = {
        .id = "speed",
        .title = "Speed",
        .lead = "Median time of one inference in ms, and the range of 80 % of the inferences "
                "(p10..p90). The original and the result were interleaved, different runs were "
                "not: compare the speed-ups."};
    static const rq_compare_column columns[] = {{"time of one image", false},
                                                {"backend", false},
                                                {"threads", true},
                                                {"original", true},
                                                {"median", true},
                                                {"10 % .. 90 %", true},
                                                {"speed-up", true}};
    size_t most = 0;
    for (size_t k = 0; k < c->n; k++) most += c->runs[k].report->n_speeds;
    RQ_TRY(rq_compare_table_begin(out, &like, columns, 7, most, arena));
    for (size_t k = 0; k < c->n; k++)
        for (size_t i = 0; i < c->runs[k].report->n_speeds; i++)
            put_speed(out, c->runs[k].name, &c->runs[k].report->speeds[i], arena);
    out->brief = out->rows;
    return RQ_OK;
}
