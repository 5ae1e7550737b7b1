/* The comparison as one long table, one number a line: for spreadsheets and pivot tables. */
#include "reports/compare/compare_writer.h"
#include "reports/writers/csv.h"
#include "reports/fields.h"

#include <math.h>

static void begin_line(rq_buf *out, const rq_comparison *c, size_t run, const char *table,
                       const char *item, const char *quantity)
{
    rq_csv_text(out, c->runs[run].name);
    rq_buf_printf(out, ",%s,", table);
    rq_csv_text(out, item);
    rq_buf_append(out, ",");
    rq_csv_text(out, quantity);
    rq_buf_append(out, ",");
}

static void put_real(rq_buf *out, const rq_comparison *c, size_t run, const char *table,
                     const char *item, const char *quantity, double x)
{
    if (isnan(x)) return;
    begin_line(out, c, run, table, item, quantity);
    rq_csv_real(out, x);
    rq_buf_append(out, "\r\n");
}

static void put_text(rq_buf *out, const rq_comparison *c, size_t run, const char *table,
                     const char *item, const char *quantity, const char *text)
{
    if (!text) return;
    begin_line(out, c, run, table, item, quantity);
    rq_csv_text(out, text);
    rq_buf_append(out, "\r\n");
}

static void put_value(rq_buf *out, const rq_comparison *c, const rq_compare_metric *metric,
                      size_t k)
{
    const rq_compare_value *value = &metric->values[k];
    const char *name = metric->row->metric;
    if (!value->row) return;
    const struct {
        const char *quantity;
        double x;
    } numbers[] = {
        {"before", value->row->before.value},
        {"value", value->row->after.value},
        {"value_low", value->row->after.low},
        {"value_high", value->row->after.high},
        {"change_from_first", value->change.value},
        {"change_from_first_low", value->change.low},
        {"change_from_first_high", value->change.high},
        {"p_value", value->p_value},
        {"images_worse", value->worse},
        {"images_better", value->better},
    };
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        put_real(out, c, k, "accuracy", name, numbers[i].quantity, numbers[i].x);
    if (k) put_text(out, c, k, "accuracy", name, "verdict", rq_compare_verdict(value));
}

static void put_costs(rq_buf *out, const rq_comparison *c, size_t k)
{
    const rq_report *report = c->runs[k].report;
    double before, after;
    rq_compare_bytes(&before, &after, report);
    put_real(out, c, k, "size", "model", "before_bytes", before);
    put_real(out, c, k, "size", "model", "after_bytes", after);
    for (size_t i = 0; i < report->n_speeds; i++) {
        const rq_report_speed *s = &report->speeds[i];
        put_real(out, c, k, "speed", s->backend, "before_median_ms", s->before_median_ms);
        put_real(out, c, k, "speed", s->backend, "after_median_ms", s->after_median_ms);
    }
}

static void put_layer(rq_buf *out, const rq_comparison *c, const rq_compare_layer *layer, size_t k)
{
    for (size_t f = 0; layer->rows[k] && f < rq_layer_type.n; f++) {
        const rq_field *field = &rq_layer_type.fields[f];
        if (field->kind == RQ_FIELD_REAL)
            put_real(out, c, k, "layer", layer->name, field->key,
                     rq_field_real(layer->rows[k], field));
        else if (field->kind == RQ_FIELD_TEXT && field->offset != offsetof(rq_report_layer, name))
            put_text(out, c, k, "layer", layer->name, field->key,
                     rq_field_text(layer->rows[k], field));
    }
}

static rq_status write(rq_buf *out, const rq_comparison *c, const rq_report_style *style)
{
    (void)style;
    rq_buf_append(out, "run,table,item,quantity,value\r\n");
    for (size_t k = 0; k < c->n; k++) {
        for (size_t m = 0; m < c->n_metrics; m++) put_value(out, c, &c->metrics[m], k);
        put_costs(out, c, k);
        for (size_t i = 0; i < c->n_settings; i++)
            put_text(out, c, k, c->settings[i].part, c->settings[i].title, "setting",
                     c->settings[i].texts[k]);
        for (size_t i = 0; i < c->n_layers; i++) put_layer(out, c, &c->layers[i], k);
    }
    return out->failed ? rq_fail_memory(out->length, "a comparison") : RQ_OK;
}

const rq_compare_writer rq_compare_writer_csv = {.name = "csv", .write = write};
