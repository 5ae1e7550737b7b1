#include "engine/run/embedded_preprocessing.h"

#include "engine/base/callbacks.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Where the two tools write it. */
static const char *const places[] = {"requant/preprocessing", "conversion_parameters"};

static bool is_set(const char *value)
{
    return value && *value && strcmp(value, "[]") != 0 && strcmp(value, "()") != 0 &&
           strcasecmp(value, "false") != 0 && strcasecmp(value, "none") != 0;
}

static bool is_folded(const rq_graph *graph, const char *what)
{
    char path[96];
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        snprintf(path, sizeof path, "%s/%s", places[i], what);
        if (is_set(rq_graph_rt_info(graph, path))) return true;
    }
    return false;
}

bool rq_embedded_preprocessing_is_there(const rq_graph *graph)
{
    static const char *const parts[] = {"mean_values", "mean_file", "scale_values", "scale",
                                        "reverse_input_channels"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (is_folded(graph, parts[i])) return true;
    return false;
}

static void leave_channels(rq_preprocess *p, const rq_graph *graph)
{
    if (!is_folded(graph, "reverse_input_channels") || p->channels == RQ_CHANNELS_GRAY) return;
    p->channels = p->channels == RQ_CHANNELS_BGR ? RQ_CHANNELS_RGB : RQ_CHANNELS_BGR;
    rq_log("%s reverses the channels: its input is %s", graph->path,
           p->channels == RQ_CHANNELS_BGR ? "bgr" : "rgb");
}

void rq_embedded_preprocessing_drop(rq_preprocess *p, const rq_graph *graph)
{
    if (p->n_mean && (is_folded(graph, "mean_values") || is_folded(graph, "mean_file"))) {
        p->n_mean = 0;
        rq_log("%s subtracts the mean: --mean is ignored", graph->path);
    }
    if (p->n_scale && (is_folded(graph, "scale_values") || is_folded(graph, "scale"))) {
        p->n_scale = 0;
        rq_log("%s divides by the scale: --scale is ignored", graph->path);
    }
    leave_channels(p, graph);
}
