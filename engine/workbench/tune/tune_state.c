/* What tune knows so far, in a file: Ctrl-C, or another budget, costs nothing that was tried. A
 * state without a metric has the ranking only. */
#include "engine/base/callbacks.h"
#include "engine/base/file.h"
#include "engine/base/formats/json.h"
#include "engine/run/ranks.h"
#include "engine/workbench/tune/tune.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* -- writing --------------------------------------------------------------------------------- */

static rq_json *layer_json(const rq_tune_layer *layer)
{
    rq_json *json = rq_json_object();
    rq_json_set(json, "layer", rq_json_string(layer->name));
    rq_json_set(json, "error", rq_json_number(layer->error));
    rq_json_set(json, "share", rq_json_number(layer->share));
    rq_json_set(json, "fp32_ms", rq_json_number(layer->fp32_ms));
    rq_json_set(json, "int8_ms", rq_json_number(layer->int8_ms));
    rq_json_set(json, "conversion_ms", rq_json_number(layer->conversion_ms));
    if (!isnan(layer->gain)) rq_json_set(json, "gain", rq_json_number(layer->gain));
    return json;
}

static rq_json *trial_json(const rq_tuning *t, const rq_trial *trial)
{
    rq_json *json = rq_json_object(), *ignored = rq_json_array();
    for (size_t i = 0; i < t->n_layers; i++)
        if (trial->ignored[i]) rq_json_push(ignored, rq_json_integer((int64_t)i));
    rq_json_set(json, "ignored", ignored);
    rq_json_set(json, "value", rq_json_number(trial->value));
    if (!isnan(trial->other_value))
        rq_json_set(json, "other_value", rq_json_number(trial->other_value));
    return json;
}

static rq_json *state_json(const rq_tuning *t)
{
    rq_json *root = rq_json_object(), *layers = rq_json_array(), *trials = rq_json_array();
    rq_json *critical = rq_json_array();
    rq_json_set(root, "key", rq_json_string(t->key));
    rq_json_set(root, "metric", rq_json_string(t->metric));
    rq_json_set(root, "unit", rq_json_string(t->unit));
    rq_json_set(root, "output", rq_json_string(t->output));
    rq_json_set(root, "compares", rq_json_bool(t->compares));
    rq_json_set(root, "higher_is_better", rq_json_bool(t->higher_is_better));
    if (t->metric) rq_json_set(root, "fp32", rq_json_number(t->fp32_value));
    if (t->metric && !isnan(t->other_fp32_value))
        rq_json_set(root, "other_fp32", rq_json_number(t->other_fp32_value));
    for (size_t i = 0; i < t->n_layers; i++) rq_json_push(layers, layer_json(&t->layers[i]));
    for (size_t i = 0; i < t->n_trials; i++) rq_json_push(trials, trial_json(t, &t->trials[i]));
    for (size_t i = 0; i < t->n_critical; i++)
        rq_json_push(critical, rq_json_integer((int64_t)t->critical[i]));
    rq_json_set(root, "layers", layers);
    rq_json_set(root, "critical", critical);
    rq_json_set(root, "trials", trials);
    return root;
}

rq_status rq_tune_save(const rq_tuning *t)
{
    if (!t->options.state_path) return RQ_OK;
    rq_json *root = state_json(t);
    rq_status status = rq_json_save(root, t->options.state_path);
    rq_json_free(&root);
    return status;
}

/* -- reading --------------------------------------------------------------------------------- */

/* The member `key`; in states of requant 0.1.0 it is called `old`. */
static const rq_json *either(const rq_json *json, const char *key, const char *old)
{
    const rq_json *found = rq_json_get(json, key);
    return found ? found : rq_json_get(json, old);
}

static rq_status refuse(const char *what)
{
    return rq_fail(RQ_EFORMAT, "%s", what);
}

static bool find_part(size_t *part, const char **name, const rq_tuning *t, const char *layer)
{
    const rq_parts *parts = t->options.setup->parts;
    for (size_t i = 0; layer && i < parts->n; i++) {
        *name = parts->bound->graph->nodes[parts->v[i].node]->name;
        *part = i;
        if (!strcmp(*name, layer)) return true;
    }
    return false;
}

static rq_status read_layers(rq_tuning *t, const rq_json *list)
{
    size_t n = t->options.setup->parts->n;
    bool *seen = rq_arena_alloc(t->arena, n, sizeof *seen);
    t->layers = rq_arena_alloc(t->arena, n, sizeof *t->layers);
    if (!seen || !t->layers) return RQ_ENOMEM;
    if (rq_json_length(list) != n) return refuse("the plan has another number of layers");
    for (size_t i = 0; i < n; i++) {
        const rq_json *json = rq_json_at(list, i);
        rq_tune_layer *layer = &t->layers[i];
        const char *name = rq_json_as_string(rq_json_get(json, "layer"), NULL);
        if (!find_part(&layer->part, &layer->name, t, name) || seen[layer->part])
            return refuse("a layer that is not in the plan, or occurs twice");
        seen[layer->part] = true;
        layer->error = rq_json_as_number(rq_json_get(json, "error"), NAN);
        layer->share = rq_json_as_number(rq_json_get(json, "share"), NAN);
        layer->fp32_ms = rq_json_as_number(rq_json_get(json, "fp32_ms"), NAN);
        layer->int8_ms = rq_json_as_number(rq_json_get(json, "int8_ms"), NAN);
        layer->conversion_ms = rq_json_as_number(either(json, "conversion_ms", "border_ms"), NAN);
        layer->gain = rq_json_as_number(rq_json_get(json, "gain"), NAN);
        if (!isfinite(layer->error + layer->share + layer->fp32_ms + layer->int8_ms +
                      layer->conversion_ms))
            return refuse("a layer without its numbers");
    }
    t->n_layers = n;
    return RQ_OK;
}

static rq_status read_critical(rq_tuning *t, const rq_json *list)
{
    t->n_critical = rq_json_length(list);
    t->critical = rq_arena_alloc(t->arena, t->n_critical, sizeof *t->critical);
    if (!t->critical) return RQ_ENOMEM;
    for (size_t i = 0; i < t->n_critical; i++) {
        int64_t image = rq_json_as_integer(rq_json_at(list, i), -1);
        int64_t least = i ? (int64_t)t->critical[i - 1] + 1 : 0;
        if (image < least || (size_t)image >= t->options.val->dataset->n)
            return refuse("critical images that are not among the images");
        t->critical[i] = (size_t)image;
    }
    return RQ_OK;
}

static rq_status read_trial(rq_tuning *t, const rq_json *json)
{
    const rq_json *list = either(json, "ignored", "kept");
    double value = rq_json_as_number(rq_json_get(json, "value"), NAN);
    bool *ignored = rq_arena_alloc(t->arena, t->n_layers, sizeof *ignored);
    if (!ignored) return RQ_ENOMEM;
    if (!isfinite(value)) return refuse("a trial without a value");
    for (size_t i = 0; i < rq_json_length(list); i++) {
        int64_t layer = rq_json_as_integer(rq_json_at(list, i), -1);
        if (layer < 0 || (size_t)layer >= t->n_layers) return refuse("a trial of no such layer");
        ignored[layer] = true;
    }
    RQ_TRY(rq_tune_add(t, ignored, value));
    double other = rq_json_as_number(rq_json_get(json, "other_value"), NAN);
    if (isfinite(other) && isnan(t->other_fp32_value)) return refuse("no metric of other images");
    if (isfinite(other)) rq_tune_take_other(t, &t->trials[t->n_trials - 1], other);
    return RQ_OK;
}

static const char *read_text(const rq_tuning *t, const rq_json *root, const char *key)
{
    return rq_arena_strdup(t->arena, rq_json_as_string(rq_json_get(root, key), NULL));
}

static rq_status read_state(rq_tuning *t, const rq_json *root)
{
    const char *key = rq_json_as_string(rq_json_get(root, "key"), "");
    if (strcmp(key, t->key) != 0) return refuse("made for another model, plan or other images");
    t->metric = read_text(t, root, "metric");
    t->unit = read_text(t, root, "unit");
    t->output = read_text(t, root, "output");
    t->compares = rq_json_as_bool(rq_json_get(root, "compares"), false);
    t->higher_is_better = rq_json_as_bool(rq_json_get(root, "higher_is_better"), true);
    t->fp32_value = rq_json_as_number(rq_json_get(root, "fp32"), NAN);
    t->other_fp32_value = rq_json_as_number(rq_json_get(root, "other_fp32"), NAN);
    RQ_TRY(read_layers(t, rq_json_get(root, "layers")));
    if (!t->metric && rq_json_length(rq_json_get(root, "trials")) == 0) return RQ_OK;
    if (!t->metric || isnan(t->fp32_value)) return refuse("no metric");
    RQ_TRY(read_critical(t, rq_json_get(root, "critical")));
    const rq_json *trials = rq_json_get(root, "trials");
    for (size_t i = 0; i < rq_json_length(trials); i++)
        RQ_TRY(read_trial(t, rq_json_at(trials, i)));
    if (t->n_trials == 0 || t->trials[0].n_ignored > 0) return refuse("no first trial");
    t->n_resumed = t->n_trials;
    return RQ_OK;
}

static rq_status load(rq_tuning *t, const char *path)
{
    rq_json *root = NULL;
    RQ_TRY(rq_json_load(&root, path));
    rq_status status = read_state(t, root);
    rq_json_free(&root);
    return status == RQ_OK ? status : rq_fail_prefix(status, "%s", path);
}

static bool is_there(const char *path)
{
    return path && rq_is_file(path);
}

rq_status rq_tune_load(rq_tuning *t)
{
    const rq_tune_options *o = &t->options;
    const char *path = is_there(o->state_path) ? o->state_path : o->earlier_state;
    if (!is_there(path)) return RQ_OK;
    rq_status status = load(t, path);
    if (status == RQ_OK) {
        rq_log("reusing %zu trial%s of %s", t->n_resumed, rq_plural(t->n_resumed), path);
        return RQ_OK;
    }
    if (status == RQ_ENOMEM) return status;
    rq_log("starting over: %s", rq_error_text());
    t->n_layers = t->n_trials = t->n_critical = 0;
    t->metric = NULL;
    t->other_fp32_value = NAN;
    return RQ_OK;
}

/* -- ranks ----------------------------------------------------------------------------------- */

static rq_status pack(rq_buf *out, const rq_tuning *t)
{
    rq_json *root = state_json(t);
    rq_status status = rq_json_dump(root, out, false);
    rq_json_free(&root);
    return status;
}

static rq_status unpack(rq_tuning *t, const rq_buf *text)
{
    rq_json *root = NULL;
    RQ_TRY(rq_json_parse(&root, text->data, text->length, "another rank's trials"));
    rq_status status = read_state(t, root);
    rq_json_free(&root);
    return status;
}

rq_status rq_tune_share(rq_tuning *t, rq_status mine)
{
    rq_buf text = {0};
    if (rq_ranks_count() == 1) return mine;
    if (mine == RQ_OK && t->n_layers) mine = pack(&text, t);
    rq_status status = rq_ranks_broadcast(&text, mine, "trials");
    if (status == RQ_OK && text.length && rq_ranks_index()) status = unpack(t, &text);
    rq_buf_free(&text);
    return status;
}
