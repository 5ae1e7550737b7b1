#include "engine/run/model_info.h"

#include "engine/base/callbacks.h"
#include "engine/run/embedded_preprocessing.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { PATH = 64 };

static const char *path_of(char path[PATH], const char *name)
{
    snprintf(path, PATH, "model_info/%s", name);
    return path;
}

const char *rq_model_info_text(const rq_graph *graph, const char *name)
{
    char path[PATH];
    path_of(path, name);
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
    if (does_it_itself(graph)) return RQ_OK;
    if (!p->n_mean) take(p, &taken, graph, "mean_values", "mean");
    if (!p->n_scale) take(p, &taken, graph, "scale_values", "scale");
    if (!rq_preprocess_has_size(p) && p->fit == RQ_FIT_STRETCH && !rq_preprocess_asks(p, "fit"))
        take_fit(p, &taken, graph);
    if (p->fit != RQ_FIT_STRETCH && !p->n_pad) take(p, &taken, graph, "pad_value", "pad");
    if (taken.length) rq_log("%s says how its input is prepared:%s", graph->path, taken.data);
    rq_buf_free(&taken);
    return RQ_OK;
}

/* -- writing ----------------------------------------------------------------------------------- */

rq_status rq_model_info_add(rq_graph *graph, const char *name, const char *text)
{
    char path[PATH];
    path_of(path, name);
    if (!text || !*text || rq_graph_rt_info(graph, path)) return RQ_OK;
    return rq_graph_set_rt_info(graph, path, text);
}

static rq_status add_buffer(rq_graph *graph, const char *name, rq_buf *text)
{
    rq_status status = text->failed ? rq_fail_memory(text->length, "rt_info")
                                    : rq_model_info_add(graph, name, text->data);
    rq_buf_free(text);
    return status;
}

/* Lists stand between blanks. */
static rq_status add_numbers(rq_graph *graph, const char *name, const double *v, size_t n)
{
    rq_buf text = {0};
    for (size_t i = 0; i < n; i++) rq_buf_printf(&text, "%s%.9g", i ? " " : "", v[i]);
    return add_buffer(graph, name, &text);
}

/* Labels, too: a blank within one is '_'. */
static rq_status add_names(rq_graph *graph, const rq_class_names *names)
{
    rq_buf text = {0};
    for (size_t i = 0; i < names->n; i++) {
        if (i) rq_buf_append(&text, " ");
        for (const char *c = names->v[i]; *c; c++) rq_buf_append_n(&text, *c == ' ' ? "_" : c, 1);
    }
    return add_buffer(graph, "labels", &text);
}

static const char *resize_type_of(const rq_preprocess *p)
{
    bool crops = p->resize_shorter || p->crop_width, same = p->resize_shorter == p->crop_width;
    if (crops) return same && p->crop_width == p->crop_height ? "crop" : NULL;
    if (p->fit == RQ_FIT_LETTERBOX) return "fit_to_window_letterbox";
    if (p->fit == RQ_FIT_CORNER) return "fit_to_window";
    return p->resize_width && p->resize_height ? "standard" : NULL;
}

/* The images that the Model API takes are OpenCV's: blue first. */
static const char *reverses(const rq_preprocess *p)
{
    if (p->channels == RQ_CHANNELS_RGB) return "True";
    return p->channels == RQ_CHANNELS_BGR ? "False" : NULL;
}

rq_status rq_model_info_set(rq_graph *graph, const rq_preprocess *p, const rq_class_names *names)
{
    RQ_TRY(add_names(graph, names));
    RQ_TRY(add_numbers(graph, "mean_values", p->mean, p->n_mean));
    RQ_TRY(add_numbers(graph, "scale_values", p->scale, p->n_scale));
    RQ_TRY(rq_model_info_add(graph, "reverse_input_channels", reverses(p)));
    if (p->n_pad == 1) RQ_TRY(add_numbers(graph, "pad_value", p->pad, 1));
    return rq_model_info_add(graph, "resize_type", resize_type_of(p));
}
