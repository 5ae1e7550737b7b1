#include "quant/nncf_info.h"

#include <stdio.h>

/* As Python writes a list of texts: what reads it evaluates that. */
static void put_list(rq_buf *out, const char *const *texts, size_t n)
{
    rq_buf_append(out, "[");
    for (size_t i = 0; i < n; i++) {
        rq_buf_append(out, i ? ", '" : "'");
        for (const char *c = texts[i]; *c; c++) {
            if (*c == '\\' || *c == '\'') rq_buf_append(out, "\\");
            rq_buf_append_n(out, c, 1);
        }
        rq_buf_append(out, "'");
    }
    rq_buf_append(out, "]");
}

/* Entries of "nncf/<section>" are set until one fails. */
typedef struct section {
    rq_graph *graph;
    const char *name;
    rq_status status;
} section;

static void set(section *s, const char *key, const char *value)
{
    char path[96];
    snprintf(path, sizeof path, "nncf/%s/%s", s->name, key);
    if (s->status == RQ_OK) s->status = rq_graph_set_rt_info(s->graph, path, value);
}

static void set_count(section *s, const char *key, size_t n)
{
    char text[32];
    snprintf(text, sizeof text, "%zu", n);
    set(s, key, text);
}

static void set_list(section *s, const char *key, const char *const *texts, size_t n)
{
    rq_buf text = {0};
    put_list(&text, texts, n);
    if (text.failed && s->status == RQ_OK) s->status = rq_fail_memory(text.length, "rt_info");
    if (n && text.data) set(s, key, text.data);
    rq_buf_free(&text);
}

static void set_scope(section *s, const rq_ignored_scope *scope)
{
    set_list(s, "ignored_scope/names", scope->names, scope->n_names);
    set_list(s, "ignored_scope/patterns", scope->patterns, scope->n_patterns);
    set_list(s, "ignored_scope/types", scope->types, scope->n_types);
    if (!scope->n_names && !scope->n_patterns && !scope->n_types) set(s, "ignored_scope", "[]");
}

static const char *device_of(rq_target target)
{
    switch (target) {
    case RQ_TARGET_CPU:
        return "CPU";
    case RQ_TARGET_GPU:
        return "GPU";
    case RQ_TARGET_NPU:
        return "NPU";
    default:
        return "ANY";
    }
}

/* Of a value's or a weight's own preset and rounding NNCF has no word. */
static rq_status set_quantization(rq_graph *graph, const rq_plan_options *o, size_t images)
{
    section s = {graph, "quantization", RQ_OK};
    set(&s, "preset", o->preset == RQ_PRESET_PERFORMANCE ? "performance" : "mixed");
    set(&s, "target_device", device_of(o->target));
    if (images) set_count(&s, "subset_size", images);
    set(&s, "fast_bias_correction", "False"); /* layer after layer, if at all */
    set(&s, "model_type", "None");
    set_scope(&s, &o->scope);
    set(&s, "advanced_parameters", o->bias_correction ? "{}" : "{'disable_bias_correction': True}");
    return s.status;
}

/* Of the fewest bits; NULL: nothing is compressed. */
static const rq_compress_scheme *scheme_of(const rq_quant_plan *plan)
{
    const rq_compress_scheme *least = NULL;
    for (size_t i = 0; i < plan->n_compressed; i++) {
        const rq_compress_scheme *scheme = &plan->compressed[i].codes.scheme;
        if (!least || scheme->bits < least->bits) least = scheme;
    }
    return least;
}

static rq_status set_compression(rq_graph *graph, const rq_quant_plan *plan)
{
    const rq_plan_options *o = &plan->options;
    const rq_compress_scheme *scheme = scheme_of(plan);
    section s = {graph, "weight_compression", RQ_OK};
    char mode[16], ratio[32];
    if (!scheme) return RQ_OK;
    bool grouped = scheme->bits == 4;
    snprintf(mode, sizeof mode, "int%d_%s", scheme->bits, scheme->asymmetric ? "asym" : "sym");
    snprintf(ratio, sizeof ratio, "%g", grouped ? o->ratio : 1.0);
    set(&s, "mode", mode);
    if (grouped)
        set_count(&s, "group_size", o->group_size);
    else
        set(&s, "group_size", "-1");
    set(&s, "ratio", ratio);
    set_scope(&s, &o->scope);
    return s.status;
}

rq_status rq_nncf_info_set(rq_graph *graph, const rq_quant_plan *plan, size_t images)
{
    rq_graph_remove_rt_info(graph, "nncf");
    return rq_precision_has_ranges(plan->options.precision)
               ? set_quantization(graph, &plan->options, images)
               : set_compression(graph, plan);
}
