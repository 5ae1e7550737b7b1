/* report.json back into a report. */
#include "reports/fields.h"
#include "reports/figure_json.h"

#include <math.h>
#include <string.h>

static rq_status copy_text(void *at, rq_arena *arena, const rq_json *json)
{
    const char *text = rq_json_as_string(json, NULL);
    char *copy = rq_arena_strdup(arena, text);
    if (text && !copy) return RQ_ENOMEM;
    *(const char **)at = copy;
    return RQ_OK;
}

/* Each reads json[key], which is there. */
typedef rq_status read_fn(void *at, rq_arena *arena, const rq_json *json, const char *key);

static rq_status read_text(void *at, rq_arena *arena, const rq_json *json, const char *key)
{
    return copy_text(at, arena, rq_json_get(json, key));
}

static rq_status read_real(void *at, rq_arena *arena, const rq_json *json, const char *key)
{
    (void)arena;
    *(double *)at = rq_json_get_figure(json, key);
    return RQ_OK;
}

static rq_status read_flag(void *at, rq_arena *arena, const rq_json *json, const char *key)
{
    (void)arena;
    *(bool *)at = rq_json_as_bool(rq_json_get(json, key), false);
    return RQ_OK;
}

static rq_status read_estimate(void *at, rq_arena *arena, const rq_json *json, const char *key)
{
    const rq_json *estimate = rq_json_get(json, key);
    (void)arena;
    if (!rq_json_is_object(estimate)) return RQ_OK;
    *(rq_estimate *)at =
        (rq_estimate){rq_json_get_figure(estimate, "value"), rq_json_get_figure(estimate, "low"),
                      rq_json_get_figure(estimate, "high")};
    return RQ_OK;
}

static size_t count_list(const rq_json *json, const char *key)
{
    const rq_json *list = rq_json_get(json, key);
    return rq_json_is_array(list) ? rq_json_length(list) : 0;
}

static rq_status read_reals(void *at, rq_arena *arena, const rq_json *json, const char *key)
{
    size_t n = count_list(json, key);
    double *values = rq_arena_alloc(arena, n, sizeof *values);
    if (!values) return RQ_ENOMEM;
    for (size_t i = 0; i < n; i++) values[i] = rq_json_get_figure_at(json, key, i);
    *(rq_reals *)at = (rq_reals){values, n};
    return RQ_OK;
}

static rq_status read_texts(void *at, rq_arena *arena, const rq_json *json, const char *key)
{
    size_t n = count_list(json, key);
    const char **values = rq_arena_alloc(arena, n, sizeof *values);
    if (!values) return RQ_ENOMEM;
    for (size_t i = 0; i < n; i++)
        RQ_TRY(copy_text(&values[i], arena, rq_json_at(rq_json_get(json, key), i)));
    *(rq_texts *)at = (rq_texts){values, n};
    return RQ_OK;
}

static rq_status read_record(void *record, const rq_record_type *type, rq_arena *arena,
                             const rq_json *json)
{
    static read_fn *const read[RQ_FIELD_KIND_COUNT] = {
        [RQ_FIELD_TEXT] = read_text,   [RQ_FIELD_REAL] = read_real,
        [RQ_FIELD_FLAG] = read_flag,   [RQ_FIELD_ESTIMATE] = read_estimate,
        [RQ_FIELD_REALS] = read_reals, [RQ_FIELD_TEXTS] = read_texts,
    };
    for (size_t i = 0; i < type->n; i++) {
        const char *key = type->fields[i].key;
        char *at = (char *)record + type->fields[i].offset;
        if (rq_json_get(json, key)) RQ_TRY(read[type->fields[i].kind](at, arena, json, key));
    }
    return RQ_OK;
}

static rq_status read_list(rq_report *report, const rq_report_part *part, rq_arena *arena,
                           const rq_json *json)
{
    size_t n = rq_json_is_array(json) ? rq_json_length(json) : 0;
    char *rows = rq_report_rows(arena, part->type, n);
    if (!rows) return RQ_ENOMEM;
    for (size_t i = 0; i < n; i++)
        RQ_TRY(read_record(rows + i * part->type->size, part->type, arena, rq_json_at(json, i)));
    /* a pointer to the part's own type lies there */
    memcpy((char *)report + part->offset, &rows, sizeof rows);
    memcpy((char *)report + part->count_offset, &n, sizeof n);
    return RQ_OK;
}

static rq_status check(const rq_json *json, const char *path)
{
    if (strcmp(rq_json_as_string(rq_json_get(json, "schema"), ""), "requant-report") != 0)
        return rq_fail(RQ_EFORMAT, "%s: is no report: \"schema\" is not \"requant-report\"", path);
    int64_t version = rq_json_as_integer(rq_json_get(json, "schema_version"), -1);
    if (version < 1 || version > RQ_REPORT_VERSION)
        return rq_fail(RQ_EFORMAT, "%s: report of version %lld, this requant reads up to %d", path,
                       (long long)version, RQ_REPORT_VERSION);
    return RQ_OK;
}

/* A histogram that could not be drawn is dropped: edges and counts do not belong together. */
static void drop_broken_histograms(rq_report *report)
{
    size_t kept = 0;
    for (size_t i = 0; i < report->n_histograms; i++) {
        const rq_report_histogram *h = &report->histograms[i];
        if (h->counts.n && h->edges.n == h->counts.n + 1) report->histograms[kept++] = *h;
    }
    report->n_histograms = kept;
}

/* Columns of another length than the images belong to no image. */
static void drop_broken_columns(rq_report *report)
{
    rq_report_validated *v = &report->validated;
    rq_reals *columns[] = {&v->labels, &v->before_classes, &v->after_classes};
    size_t kept = 0;
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        if (columns[i]->n != v->paths.n) columns[i]->n = 0;
    for (size_t i = 0; i < report->n_values; i++) {
        rq_report_values *row = &report->values[i];
        if (row->before.n != v->paths.n) row->before.n = 0;
        if (row->after.n == v->paths.n) report->values[kept++] = *row;
    }
    report->n_values = kept;
}

/* An input that is not an earlier node is dropped, so that nobody need check again. */
static void drop_broken_edges(rq_report *report)
{
    for (size_t i = 0; i < report->n_graph; i++) {
        rq_reals *inputs = &report->graph[i].inputs;
        size_t kept = 0;
        for (size_t k = 0; k < inputs->n; k++)
            if (inputs->values[k] >= 0 && inputs->values[k] < (double)i)
                inputs->values[kept++] = floor(inputs->values[k]);
        inputs->n = kept;
    }
}

/* Ranges of unequal length belong to no channels. */
static void drop_broken_channels(rq_report *report)
{
    size_t kept = 0;
    for (size_t i = 0; i < report->n_channels; i++) {
        const rq_report_channels *c = &report->channels[i];
        if (c->before_high.n == c->before_low.n && c->after_low.n == c->before_low.n &&
            c->after_high.n == c->before_low.n)
            report->channels[kept++] = *c;
    }
    report->n_channels = kept;
}

rq_status rq_report_read(rq_report *report, rq_arena *arena, const char *path)
{
    rq_json *json = NULL;
    rq_report_init(report);
    RQ_TRY(rq_json_load(&json, path));
    rq_status status = check(json, path);
    for (size_t i = 0; status == RQ_OK && i < rq_report_n_parts; i++) {
        const rq_report_part *part = &rq_report_parts[i];
        const rq_json *value = rq_json_get(json, part->key);
        status = part->count_offset == RQ_ONE_RECORD
                     ? read_record((char *)report + part->offset, part->type, arena, value)
                     : read_list(report, part, arena, value);
    }
    drop_broken_histograms(report);
    drop_broken_columns(report);
    drop_broken_edges(report);
    drop_broken_channels(report);
    rq_json_free(&json);
    return status;
}
