#include "quant/plan_json.h"

#include "engine/base/hash.h"
#include "engine/base/numbers.h"

#include <math.h>

static rq_json *settings_json(const rq_plan_options *o)
{
    rq_json *json = rq_json_object();
    rq_json_set(json, "precision", rq_json_string(rq_precision_word(o->precision)));
    rq_json_set(json, "target", rq_json_string(rq_targets[o->target].name));
    rq_json_set(json, "preset", rq_json_string(rq_presets[o->preset].name));
    rq_json_set(json, "overflow_fix", rq_json_string(rq_overflow_fixes[o->overflow].name));
    rq_json_set(json, "may_saturate", rq_json_bool(o->may_saturate));
    rq_json_set(json, "range", rq_json_string(rq_plan_range_name(o)));
    rq_json_set(json, "bias_correction", rq_json_bool(o->bias_correction));
    rq_json_set(json, "rounding", rq_json_string(rq_roundings[o->rounding].name));
    if (o->precision != RQ_PRECISION_INT4_WEIGHTS) return json;
    rq_json_set(json, "group_size", rq_json_integer((int64_t)o->group_size));
    rq_json_set(json, "ratio", rq_json_number(o->ratio));
    return json;
}

/* What ran the layer. */
static void set_kernel(rq_json *json, const rq_plan_kernels *kernels, const rq_node *node)
{
    const char *name = kernels ? kernels->names[node->id] : NULL;
    if (!name) return;
    rq_json_set(json, "kernel", rq_json_string(name));
    if (kernels->precisions[node->id])
        rq_json_set(json, "ran_in", rq_json_string(kernels->precisions[node->id]));
}

static rq_json *floats_json(const float *x, size_t n)
{
    rq_json *json = rq_json_array();
    for (size_t i = 0; i < n; i++) rq_json_push(json, rq_json_float(x[i]));
    return json;
}

static rq_json *decibel_json(double signal, double noise)
{
    return noise > 0.0 && signal > 0.0 ? rq_json_number(rq_sqnr_db(signal, noise)) : rq_json_null();
}

static rq_json *consumers_json(const rq_graph *graph, const rq_point *point)
{
    rq_json *json = rq_json_array();
    for (size_t u = 0; u < point->n_uses; u++) {
        rq_buf text = {0};
        rq_buf_printf(&text, "%s:%u", graph->nodes[point->uses[u].node]->name, point->uses[u].port);
        rq_json_push(json, rq_json_text(&text));
        rq_buf_free(&text);
    }
    return json;
}

static rq_json *activation_json(const rq_graph *graph, const rq_plan_activation *a)
{
    char buffer[512];
    rq_json *json = rq_json_object();
    rq_json_set(json, "value",
                rq_json_string(rq_value_name(graph, a->point.value, buffer, sizeof buffer)));
    rq_json_set(json, "layer", rq_json_string(rq_value_producer(graph, a->point.value)->name));
    rq_json_set(json, "consumers", consumers_json(graph, &a->point));
    rq_json_set(json, "at", rq_json_string(a->point.at_output ? "output" : "input"));
    rq_json_set(json, "levels", rq_json_integer(a->levels));
    if (a->point.axis >= 0) rq_json_set(json, "axis", rq_json_integer(a->point.axis));
    rq_json_set(json, "low", floats_json(a->low, a->n));
    rq_json_set(json, "high", floats_json(a->high, a->n));
    rq_json_set(json, "estimator", rq_json_string(a->estimator));
    if (a->estimator_reason)
        rq_json_set(json, "estimator_reason", rq_json_string(a->estimator_reason));
    rq_json_set(json, "group", rq_json_integer(a->point.group));
    rq_json_set(json, "expected_sqnr_db", decibel_json(a->signal, a->noise));
    rq_json_set(json, "reason", rq_json_string(a->point.reason));
    return json;
}

static rq_json *weight_json(const rq_graph *graph, const rq_quant_plan *plan,
                            const rq_plan_weight *w)
{
    const rq_node *node = graph->nodes[w->point.node];
    rq_json *json = rq_json_object();
    rq_json_set(json, "layer", rq_json_string(node->name));
    rq_json_set(json, "type", rq_json_string(node->type));
    rq_json_set(json, "port", rq_json_integer(w->point.port));
    rq_json_set(json, "axis", rq_json_integer(w->point.axis));
    rq_json_set(json, "precision", rq_json_string(rq_precision_word(RQ_PRECISION_INT8)));
    rq_json_set(json, "scales", floats_json(w->codes.scales, rq_weight_channels(&w->layout)));
    rq_json_set(json, "expected_sqnr_db", decibel_json(w->codes.signal, w->codes.noise));
    rq_json_set(json, "overflow", rq_json_string(w->overflow));
    rq_json_set(json, "repaired_pairs", rq_json_integer((int64_t)w->codes.n_repaired));
    if (w->rounding) rq_json_set(json, "rounding", rq_json_string(w->rounding));
    rq_json_set(json, "bias_corrected", rq_json_bool(w->bias_shift != NULL));
    const rq_plan_weight *other = &plan->weights[w->shared_with];
    if (other != w)
        rq_json_set(json, "shares_weights_of",
                    rq_json_string(graph->nodes[other->point.node]->name));
    return json;
}

/* Scales are not listed: there may be as many as a sixteenth of the weights. */
static rq_json *compressed_json(const rq_graph *graph, const rq_plan_compressed *c, size_t use)
{
    const rq_compressed_use *u = &c->uses[use];
    const rq_node *node = graph->nodes[u->point.node];
    const rq_compress_scheme *scheme = &c->codes.scheme;
    rq_json *json = rq_json_object();
    rq_json_set(json, "layer", rq_json_string(node->name));
    rq_json_set(json, "type", rq_json_string(node->type));
    rq_json_set(json, "port", rq_json_integer(u->point.port));
    rq_json_set(json, "axis", rq_json_integer(u->point.axis));
    rq_json_set(json, "precision", rq_json_string(rq_precision_word(c->precision)));
    rq_json_set(json, "codes", rq_json_string(rq_dtype_name(rq_compressed_dtype(scheme))));
    rq_json_set(json, "group_size", rq_json_integer((int64_t)scheme->group_size));
    rq_json_set(json, "expected_sqnr_db", decibel_json(c->codes.signal, c->codes.noise));
    rq_json_set(json, "reason", rq_json_string(c->reason));
    if (c->no_gain) rq_json_set(json, "no_gain", rq_json_string(c->no_gain));
    if (c->rounding) rq_json_set(json, "rounding", rq_json_string(c->rounding));
    rq_json_set(json, "overflow", rq_json_string("not needed: computed in floating point"));
    rq_json_set(json, "bias_corrected", rq_json_bool(u->bias_shift != NULL));
    if (use > 0)
        rq_json_set(json, "shares_weights_of",
                    rq_json_string(graph->nodes[c->uses[0].point.node]->name));
    return json;
}

static rq_json *weights_json(const rq_graph *graph, const rq_quant_plan *plan,
                             const rq_plan_kernels *kernels)
{
    rq_json *weights = rq_json_array();
    for (size_t i = 0; i < plan->n_weights; i++) {
        rq_json *json = weight_json(graph, plan, &plan->weights[i]);
        set_kernel(json, kernels, graph->nodes[plan->weights[i].point.node]);
        rq_json_push(weights, json);
    }
    for (size_t i = 0; i < plan->n_compressed; i++)
        for (size_t u = 0; u < plan->compressed[i].n_uses; u++) {
            rq_json *json = compressed_json(graph, &plan->compressed[i], u);
            set_kernel(json, kernels, graph->nodes[plan->compressed[i].uses[u].point.node]);
            rq_json_push(weights, json);
        }
    return weights;
}

static rq_json *ignored_json(const rq_graph *graph, const rq_placement *placement,
                             const rq_plan_kernels *kernels)
{
    rq_json *list = rq_json_array();
    for (size_t i = 0; i < graph->n_nodes; i++) {
        if (!graph->nodes[i] || !placement->ignored[i]) continue;
        rq_json *json = rq_json_object();
        rq_json_set(json, "layer", rq_json_string(graph->nodes[i]->name));
        rq_json_set(json, "type", rq_json_string(graph->nodes[i]->type));
        rq_json_set(json, "reason", rq_json_string(placement->ignored[i]));
        set_kernel(json, kernels, graph->nodes[i]);
        rq_json_push(list, json);
    }
    return list;
}

static rq_json *log2_json(float log2)
{
    return log2 == rintf(log2) ? rq_json_integer((int64_t)log2) : rq_json_number((double)log2);
}

static rq_json *equalization_json(const rq_graph *graph, const rq_channel_equalization *m)
{
    char buffer[512];
    rq_json *json = rq_json_object(), *log2 = rq_json_array();
    for (size_t c = 0; c < m->site.n; c++) rq_json_push(log2, log2_json(m->log2[c]));
    rq_json_set(json, "value",
                rq_json_string(rq_value_name(graph, m->site.value, buffer, sizeof buffer)));
    rq_json_set(json, "axis", rq_json_integer(m->site.axis));
    rq_json_set(json, "log2", log2);
    if (m->shift) rq_json_set(json, "shift", floats_json(m->shift, m->site.n));
    rq_json_set(json, "expected_gain_db", decibel_json(m->before, m->after));
    return json;
}

rq_status rq_quant_plan_save(const rq_quant_plan *plan, const rq_graph *model,
                             const rq_graph *network, const rq_plan_kernels *kernels,
                             const char *path)
{
    char digest[RQ_DIGEST_TEXT];
    RQ_TRY(rq_graph_digest(digest, model));
    rq_json *root = rq_json_object(), *activations = rq_json_array();
    rq_json *equalizations = rq_json_array();
    rq_json_set(root, "format", rq_json_string("requant plan"));
    rq_json_set(root, "version", rq_json_integer(RQ_PLAN_VERSION));
    rq_json_set(root, "model", rq_json_string(*model->name ? model->name : "unnamed"));
    rq_json_set(root, "model_digest", rq_json_string(digest));
    rq_json_set(root, "settings", settings_json(&plan->options));
    if (kernels) rq_json_set(root, "runtime", rq_json_string(kernels->runtime));
    for (size_t i = 0; i < plan->n_activations; i++)
        rq_json_push(activations, activation_json(network, &plan->activations[i]));
    for (size_t i = 0; i < plan->n_equalizations; i++)
        rq_json_push(equalizations, equalization_json(network, &plan->equalizations[i]));
    rq_json_set(root, "equalized", equalizations);
    rq_json_set(root, "activations", activations);
    rq_json_set(root, "weights", weights_json(network, plan, kernels));
    rq_json_set(root, "ignored_layers", ignored_json(network, plan->placement, kernels));
    rq_status status = rq_json_save(root, path);
    rq_json_free(&root);
    return status;
}
