/* report.json: every field of fields.h; its schema is report.schema.json. */
#include "reports/fields.h"
#include "reports/figure_json.h"
#include "reports/summary.h"
#include "reports/writers/writer.h"

#include <math.h>

typedef void set_fn(rq_json *json, const char *key, const void *at);

static void set_text(rq_json *json, const char *key, const void *at)
{
    rq_json_set(json, key, rq_json_string(*(const char *const *)at));
}

static void set_real(rq_json *json, const char *key, const void *at)
{
    rq_json_set_figure(json, key, *(const double *)at);
}

static void set_flag(rq_json *json, const char *key, const void *at)
{
    rq_json_set(json, key, rq_json_bool(*(const bool *)at));
}

static void set_estimate(rq_json *json, const char *key, const void *at)
{
    const rq_estimate *e = at;
    rq_json_set(json, key, isnan(e->value) ? rq_json_null() : rq_json_estimate(e));
}

static void set_reals(rq_json *json, const char *key, const void *at)
{
    const rq_reals *list = at;
    rq_json_set_figures(json, key, list->values, list->n);
}

static void set_texts(rq_json *json, const char *key, const void *at)
{
    const rq_texts *list = at;
    rq_json *texts = rq_json_array();
    for (size_t i = 0; i < list->n; i++) rq_json_push(texts, rq_json_string(list->values[i]));
    rq_json_set(json, key, texts);
}

static rq_json *record(const void *at, const rq_record_type *type)
{
    static set_fn *const set[RQ_FIELD_KIND_COUNT] = {
        [RQ_FIELD_TEXT] = set_text,   [RQ_FIELD_REAL] = set_real,
        [RQ_FIELD_FLAG] = set_flag,   [RQ_FIELD_ESTIMATE] = set_estimate,
        [RQ_FIELD_REALS] = set_reals, [RQ_FIELD_TEXTS] = set_texts,
    };
    rq_json *json = rq_json_object();
    for (size_t i = 0; i < type->n; i++) {
        const rq_field *field = &type->fields[i];
        set[field->kind](json, field->key, rq_field_at(at, field));
    }
    return json;
}

static rq_json *list(const char *rows, size_t n, const rq_record_type *type)
{
    rq_json *json = rq_json_array();
    for (size_t i = 0; i < n; i++) rq_json_push(json, record(rows + i * type->size, type));
    return json;
}

static rq_json *part(const rq_report *report, const rq_report_part *p)
{
    const char *at = (const char *)report + p->offset;
    if (p->count_offset == RQ_ONE_RECORD) return record(at, p->type);
    size_t n = *(const size_t *)((const char *)report + p->count_offset);
    return list(*(const char *const *)at, n, p->type);
}

static rq_json *suspicion(const rq_suspicion *from)
{
    rq_json *json = rq_json_object();
    rq_json_set(json, "rule", rq_json_string(from->rule));
    rq_json_set(json, "limit", rq_json_string(from->limit));
    rq_json_set(json, "found", rq_json_string(from->found));
    return json;
}

/* Follows from the rest, so that nothing reads it back. */
static rq_json *verdict(const rq_report *report)
{
    char limit[RQ_LIMIT_TEXT];
    rq_summary summary;
    rq_summarise(&summary, report);
    const rq_suspicions *suspicions = &summary.suspicions;
    const rq_report_accuracy *accuracy = summary.headline.accuracy;
    rq_json *json = rq_json_object(), *list = rq_json_array();
    rq_json_set(json, "verdict", rq_json_string(rq_verdict_word(summary.verdict)));
    rq_json_set(json, "title", rq_json_string(rq_summary_title(&summary)));
    rq_json_set(json, "metric", rq_json_string(accuracy ? accuracy->metric : NULL));
    rq_json_set(json, "limit", rq_json_string(rq_summary_limit(&summary, limit)));
    for (size_t i = 0; i < suspicions->n; i++) rq_json_push(list, suspicion(&suspicions->list[i]));
    rq_json_set(json, "suspicions", list);
    return json;
}

static rq_status write(rq_buf *out, const rq_report *report, const rq_report_style *style)
{
    (void)style;
    rq_json *json = rq_json_object();
    rq_json_set(json, "schema", rq_json_string("requant-report"));
    rq_json_set(json, "schema_version", rq_json_integer(RQ_REPORT_VERSION));
    rq_json_set(json, "verdict", verdict(report));
    for (size_t i = 0; i < rq_report_n_parts; i++)
        rq_json_set(json, rq_report_parts[i].key, part(report, &rq_report_parts[i]));
    rq_status status = rq_json_dump(json, out, true);
    rq_buf_append(out, "\n");
    rq_json_free(&json);
    return status == RQ_OK && out->failed ? rq_fail_memory(out->length, "a report") : status;
}

const rq_report_writer rq_report_writer_json = {
    .name = "json",
    .help = "report.json: everything, for programs; schema in reports/schemas/report.schema.json",
    .write = write,
};
