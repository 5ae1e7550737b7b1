#include "engine/run/model_info.h"

#include "engine/base/callbacks.h"
#include "engine/run/embedded_preprocessing.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

const char *rq_model_info_text(const rq_graph *graph, const char *name)
{
    char path[64];
    snprintf(path, sizeof path, "model_info/%s", name);
    const char *text = rq_graph_rt_info(graph, path);
    return text && *text && strcasecmp(text, "none") != 0 ? text : NULL;
}

rq_status rq_model_info_names(rq_class_names *out, rq_arena *arena, const rq_graph *graph)
{
    const char *labels = rq_model_info_text(graph, "labels");
    *out = (rq_class_names){0};
    return labels ? rq_class_names_split(out, arena, labels) : RQ_OK;
}

/* "123.7 116.3 103.5" as --mean has it; says so in `taken`. What no value can be is passed over. */
static void take(rq_preprocess *p, rq_buf *taken, const rq_graph *graph, const char *name,
                 const char *key)
{
    char value[128];
    const char *text = rq_model_info_text(graph, name);
    if (!text || strlen(text) >= sizeof value) return;
    strcpy(value, text);
    for (char *c = value; *c; c++)
        if (*c == ' ') *c = ',';
    if (rq_preprocess_set(p, key, value, name) == RQ_OK)
        rq_buf_printf(taken, " --%s %s", key, value);
}

static void take_fit(rq_preprocess *p, rq_buf *taken, const rq_graph *graph)
{
    const char *text = rq_model_info_text(graph, "resize_type");
    if (!text) return;
    const char *fit = !strcmp(text, "fit_to_window_letterbox") ? "letterbox"
                      : !strcmp(text, "fit_to_window")         ? "corner"
                                                               : NULL;
    if (fit && rq_preprocess_set(p, "fit", fit, "resize_type") == RQ_OK)
        rq_buf_printf(taken, " --fit %s", fit);
}

static bool does_it_itself(const rq_graph *graph)
{
    const char *text = rq_model_info_text(graph, "embedded_processing");
    bool embedded = text && (!strcasecmp(text, "yes") || !strcasecmp(text, "true"));
    return embedded || rq_embedded_preprocessing_is_there(graph);
}

rq_status rq_model_info_prepare(rq_preprocess *p, const rq_graph *graph)
{
    rq_buf taken = {0};
    if (p->n_mean || p->n_scale || does_it_itself(graph)) return RQ_OK;
    take(p, &taken, graph, "mean_values", "mean");
    take(p, &taken, graph, "scale_values", "scale");
    if (!rq_preprocess_has_size(p) && p->fit == RQ_FIT_STRETCH) take_fit(p, &taken, graph);
    if (p->fit != RQ_FIT_STRETCH && !p->n_pad) take(p, &taken, graph, "pad_value", "pad");
    if (taken.length) rq_log("%s says how its input is prepared:%s", graph->path, taken.data);
    rq_buf_free(&taken);
    return RQ_OK;
}
