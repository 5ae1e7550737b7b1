/* The comparison for programs. Lists by run hold one entry per run, in the order of "runs". */
#include "reports/compare/compare_writer.h"

#include "reports/figure_json.h"
#include "reports/speedup.h"

static void set_text(rq_json *json, const char *key, const char *text)
{
    rq_json_set(json, key, rq_json_string(text));
}

/* -- runs and metrics ----------------------------------------------------------------------- */

static rq_json *run_json(const rq_comparison *c, size_t k)
{
    const rq_report *report = c->runs[k].report;
    rq_json *json = rq_json_object(), *speeds = rq_json_array();
    double before, after;
    rq_compare_bytes(&before, &after, report);
    set_text(json, "name", c->runs[k].name);
    set_text(json, "path", c->runs[k].path);
    set_text(json, "model", report->after.path);
    set_text(json, "precision", report->after.precision);
    rq_json_set_figure(json, "before_bytes", before);
    rq_json_set_figure(json, "after_bytes", after);
    for (size_t i = 0; i < report->n_speeds; i++) {
        const rq_report_speed *s = &report->speeds[i];
        rq_json *speed = rq_json_object();
        set_text(speed, "backend", s->backend);
        rq_json_set_figure(speed, "threads", s->threads);
        rq_json_set_figure(speed, "before_median_ms", s->before_median_ms);
        rq_json_set_figure(speed, "after_median_ms", s->after_median_ms);
        set_text(speed, "precision", s->precision);
        set_text(speed, "noise", s->noise);
        rq_json_set_figure(speed, "speedup", rq_speedup(s));
        rq_json_push(speeds, speed);
    }
    rq_json_set(json, "speeds", speeds);
    return json;
}

static rq_json *value_json(const rq_compare_value *value)
{
    if (!value->row) return rq_json_null();
    rq_json *json = rq_json_object();
    rq_json_set(json, "value", rq_json_estimate(&value->row->after));
    rq_json_set(json, "from_original", rq_json_estimate(&value->row->delta));
    rq_json_set(json, "from_first", rq_json_estimate(&value->change));
    rq_json_set_figure(json, "p_value", value->p_value);
    rq_json_set_figure(json, "images_worse", value->worse);
    rq_json_set_figure(json, "images_better", value->better);
    set_text(json, "verdict", rq_compare_verdict(value));
    return json;
}

static rq_json *metric_json(const rq_comparison *c, const rq_compare_metric *metric)
{
    rq_json *json = rq_json_object(), *values = rq_json_array();
    set_text(json, "metric", metric->row->metric);
    set_text(json, "output", metric->row->output);
    set_text(json, "unit", metric->row->unit);
    rq_json_set(json, "higher_is_better", rq_json_bool(metric->row->higher_is_better));
    rq_json_set(json, "headline", rq_json_bool(metric == c->headline));
    for (size_t k = 0; k < c->n; k++) rq_json_push(values, value_json(&metric->values[k]));
    rq_json_set(json, "by_run", values);
    return json;
}

/* -- layers --------------------------------------------------------------------------------- */

static rq_json *row_json(const rq_report_layer *row)
{
    if (!row) return rq_json_null();
    rq_json *json = rq_json_object();
    set_text(json, "precision", row->precision_after);
    rq_json_set_figure(json, "sqnr_db", row->sqnr_db);
    rq_json_set_figure(json, "low", row->low);
    rq_json_set_figure(json, "high", row->high);
    set_text(json, "estimator", row->estimator);
    set_text(json, "reason", row->reason);
    rq_json_set_figure(json, "after_ms", row->after_ms);
    return json;
}

static rq_json *layer_json(const rq_comparison *c, const rq_compare_layer *layer)
{
    rq_json *json = rq_json_object(), *rows = rq_json_array();
    set_text(json, "name", layer->name);
    set_text(json, "type", layer->type);
    for (size_t k = 0; k < c->n; k++) rq_json_push(rows, row_json(layer->rows[k]));
    rq_json_set(json, "by_run", rows);
    return json;
}

static rq_json *transition_json(const rq_comparison *c, const rq_compare_transition *t)
{
    rq_json *json = rq_json_object();
    set_text(json, "run", c->runs[t->run].name);
    set_text(json, "from", t->from);
    set_text(json, "to", t->to);
    rq_json_set(json, "layers", rq_json_integer((int64_t)t->layers));
    return json;
}

/* -- the rest ------------------------------------------------------------------------------- */

static rq_json *setting_json(const rq_comparison *c, const rq_compare_setting *setting)
{
    rq_json *json = rq_json_object(), *texts = rq_json_array();
    set_text(json, "part", setting->part);
    set_text(json, "setting", setting->title);
    rq_json_set(json, "differs", rq_json_bool(setting->differs));
    for (size_t k = 0; k < c->n; k++) rq_json_push(texts, rq_json_string(setting->texts[k]));
    rq_json_set(json, "by_run", texts);
    return json;
}

static rq_json *change_json(const rq_comparison *c, const rq_compare_change *change)
{
    rq_json *json = rq_json_object();
    set_text(json, "run", c->runs[change->run].name);
    set_text(json, "against", c->runs[change->against].name);
    set_text(json, "section", change->section);
    set_text(json, "name", change->name);
    set_text(json, "key", change->key);
    set_text(json, "first", change->first);
    set_text(json, "now", change->now);
    return json;
}

static rq_json *image_json(const rq_comparison *c, const rq_compare_image *image)
{
    rq_json *json = rq_json_object();
    set_text(json, "run", c->runs[image->run].name);
    set_text(json, "path", image->path);
    rq_json_set_figure(json, "label", image->label);
    rq_json_set_figure(json, "first_class", image->first_class);
    rq_json_set_figure(json, "class", image->class);
    rq_json_set_figure(json, "first_value", image->first_value);
    rq_json_set_figure(json, "value", image->value);
    rq_json_set(json, "regression", rq_json_bool(image->newly_wrong));
    return json;
}

static rq_json *warning_json(const rq_comparison *c, const rq_compare_warning *warning)
{
    rq_json *json = rq_json_object();
    set_text(json, "run", c->runs[warning->run].name);
    set_text(json, "about", warning->about);
    set_text(json, "text", warning->text);
    return json;
}

static rq_json *budget_json(const rq_comparison *c, const rq_budget_check *check)
{
    rq_json *json = rq_json_object();
    set_text(json, "run", c->runs[check->run].name);
    set_text(json, "budget", check->budget);
    rq_json_set_figure(json, "limit", check->limit);
    rq_json_set_figure(json, "found", check->found);
    rq_json_set(json, "met", rq_json_bool(check->state == RQ_BUDGET_MET));
    set_text(json, "state", rq_budget_state_word(check->state));
    set_text(json, "text", check->text);
    return json;
}

#define SET_LIST(json, key, list, n, make)                                                         \
    do {                                                                                           \
        rq_json *list_ = rq_json_array();                                                          \
        for (size_t i_ = 0; i_ < (n); i_++) rq_json_push(list_, make(c, &(list)[i_]));             \
        rq_json_set(json, key, list_);                                                             \
    } while (0)

static rq_status write(rq_buf *out, const rq_comparison *c, const rq_report_style *style)
{
    (void)style;
    rq_json *json = rq_json_object(), *runs = rq_json_array();
    set_text(json, "schema", "requant-comparison");
    rq_json_set(json, "schema_version", rq_json_integer(RQ_COMPARISON_VERSION));
    for (size_t k = 0; k < c->n; k++) rq_json_push(runs, run_json(c, k));
    rq_json_set(json, "runs", runs);
    SET_LIST(json, "caveats", c->warnings, c->n_warnings, warning_json);
    SET_LIST(json, "budgets", c->budgets, c->n_budgets, budget_json);
    SET_LIST(json, "accuracy", c->metrics, c->n_metrics, metric_json);
    SET_LIST(json, "precisions", c->transitions, c->n_transitions, transition_json);
    SET_LIST(json, "layers", c->layers, c->n_layers, layer_json);
    SET_LIST(json, "settings", c->settings, c->n_settings, setting_json);
    SET_LIST(json, "plan_changes", c->changes, c->n_changes, change_json);
    SET_LIST(json, "images", c->images, c->n_images, image_json);
    rq_status status = rq_json_dump(json, out, true);
    rq_buf_append(out, "\n");
    rq_json_free(&json);
    return status == RQ_OK && out->failed ? rq_fail_memory(out->length, "a comparison") : status;
}

const rq_compare_writer rq_compare_writer_json = {.name = "json", .write = write};
