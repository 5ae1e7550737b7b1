/* The analysis for programs: JSON and CSV. */
#include "engine/base/formats/json.h"
#include "engine/workbench/sensitivity/sensitivity_text.h"
#include "reports/writers/csv.h"

static const char *const variant_names[RQ_VARIANTS] = {"weights", "activations", "both",
                                                       "excluded"};

static rq_json *effect_json(const rq_effect *e)
{
    rq_json *json = rq_json_object();
    rq_json_set(json, "images", rq_json_integer((int64_t)e->images));
    rq_json_set(json, "sqnr_db", rq_json_number(e->sqnr_db));
    rq_json_set(json, "cosine", rq_json_number(e->cosine));
    rq_json_set(json, "agreement_percent", rq_json_number(e->agreement));
    rq_json_set(json, "top1_drop_points", rq_json_number(e->drop));
    return json;
}

static rq_json *layer_json(const rq_layer_effect *layer)
{
    rq_json *json = rq_json_object();
    rq_json_set(json, "layer", rq_json_string(layer->name));
    rq_json_set(json, "type", rq_json_string(layer->type));
    for (int v = 0; v < RQ_VARIANTS; v++)
        if (layer->of[v].images) rq_json_set(json, variant_names[v], effect_json(&layer->of[v]));
    rq_json_set(json, "excluded_gain_db", rq_json_number(layer->gain_db));
    rq_json_set(json, "settled", rq_json_bool(layer->settled));
    return json;
}

static rq_json *advice_json(const rq_report_advice *line)
{
    rq_json *json = rq_json_object();
    rq_json_set(json, "option", rq_json_string(line->option));
    rq_json_set(json, "before_db", rq_json_number(line->before_db));
    rq_json_set(json, "after_db", rq_json_number(line->after_db));
    rq_json_set(json, "images", rq_json_number(line->images));
    return json;
}

static rq_json *measured_on_json(const rq_measured_on *j)
{
    static const char *const names[] = {"calibration", "holdout", "other"};
    rq_json *json = rq_json_object();
    rq_json_set(json, "data", rq_json_string(j->data));
    rq_json_set(json, "images", rq_json_string(names[j->source]));
    rq_json_set(json, "calibration_images", rq_json_integer((int64_t)j->calibration));
    rq_json_set(json, "given_stats", rq_json_bool(j->given_stats));
    return json;
}

rq_status rq_sensitivity_json(rq_buf *out, const rq_sensitivity *s)
{
    rq_json *json = rq_json_object(), *layers = rq_json_array();
    rq_json *advice = rq_json_array();
    rq_json_set(json, "images", rq_json_integer((int64_t)s->images_used));
    rq_json_set(json, "measured_on", measured_on_json(&s->measured_on));
    rq_json_set(json, "seconds", rq_json_number(s->seconds));
    rq_json_set(json, "quantized", effect_json(&s->whole));
    for (size_t i = 0; i < s->n_layers; i++) rq_json_push(layers, layer_json(&s->layers[i]));
    rq_json_set(json, "layers", layers);
    for (size_t i = 0; i < s->tried.n; i++) rq_json_push(advice, advice_json(&s->tried.lines[i]));
    rq_json_set(json, "advice", advice);
    rq_status status = rq_json_dump(json, out, true);
    rq_json_free(&json);
    return status;
}

void rq_sensitivity_csv(rq_buf *out, const rq_sensitivity *s)
{
    rq_buf_append(out, "layer,type");
    for (int v = 0; v < RQ_VARIANTS; v++)
        rq_buf_printf(out, ",%s_sqnr_db,%s_cosine,%s_top1_drop", variant_names[v], variant_names[v],
                      variant_names[v]);
    rq_buf_append(out, ",excluded_gain_db,settled");
    for (int v = 0; v < RQ_VARIANTS; v++) rq_buf_printf(out, ",%s_images", variant_names[v]);
    rq_buf_append(out, "\n");
    for (size_t i = 0; i < s->n_layers; i++) {
        const rq_layer_effect *layer = &s->layers[i];
        rq_csv_text(out, layer->name);
        rq_buf_append(out, ",");
        rq_csv_text(out, layer->type);
        for (int v = 0; v < RQ_VARIANTS; v++) {
            const double of[] = {layer->of[v].sqnr_db, layer->of[v].cosine, layer->of[v].drop};
            for (int k = 0; k < 3; k++) {
                rq_buf_append(out, ",");
                rq_csv_real(out, of[k]);
            }
        }
        rq_buf_append(out, ",");
        rq_csv_real(out, layer->gain_db);
        rq_buf_printf(out, ",%d", layer->settled);
        for (int v = 0; v < RQ_VARIANTS; v++) rq_buf_printf(out, ",%zu", layer->of[v].images);
        rq_buf_append(out, "\n");
    }
}
