#include "engine/run/recorded_request.h"

#include "engine/base/callbacks.h"
#include "engine/run/embedded_preprocessing.h"
#include "engine/run/tensor_shapes.h"

#include <stdio.h>
#include <string.h>

enum { PATH = 64 };

static const char *path_of(char path[PATH], const char *key)
{
    snprintf(path, PATH, "requant/images/%s", key);
    return path;
}

static const char *shape_path(char path[PATH], size_t i)
{
    snprintf(path, PATH, "requant/shapes/input_%zu", i);
    return path;
}

/* -- as the options have them ---------------------------------------------------------------- */

static void put_size(rq_buf *out, int width, int height)
{
    if (width) rq_buf_printf(out, "%d", width);
    rq_buf_append(out, "x");
    if (height) rq_buf_printf(out, "%d", height);
}

static void put_resize(rq_buf *out, const rq_preprocess *p)
{
    if (p->resize_shorter)
        rq_buf_printf(out, "%d", p->resize_shorter);
    else if (p->resize_width || p->resize_height)
        put_size(out, p->resize_width, p->resize_height);
}

static void put_crop(rq_buf *out, const rq_preprocess *p)
{
    if (p->crop_width) put_size(out, p->crop_width, p->crop_height);
}

static void put_rectangle(rq_buf *out, const rq_preprocess *p)
{
    const int *r = p->rectangle;
    if (r[2]) rq_buf_printf(out, "%d,%d,%d,%d", r[0], r[1], r[2], r[3]);
}

static void put_fit(rq_buf *out, const rq_preprocess *p)
{
    bool is =
        p->fit != RQ_FIT_STRETCH || rq_preprocess_asks(p, "fit"); /* of a model_info it wins */
    if (is) rq_buf_append(out, rq_fit_keywords[p->fit].name);
}

static void put_numbers(rq_buf *out, const double *v, size_t n)
{
    for (size_t i = 0; i < n; i++) rq_buf_printf(out, "%s%.17g", i ? "," : "", v[i]);
}

static void put_pad(rq_buf *out, const rq_preprocess *p)
{
    put_numbers(out, p->pad, p->n_pad);
}

static void put_filter(rq_buf *out, const rq_preprocess *p)
{
    if (p->filter) rq_buf_append(out, p->filter->name);
}

static void put_decode(rq_buf *out, const rq_preprocess *p)
{
    if (p->full_decode) rq_buf_append(out, rq_decode_keywords[1].name);
}

static void put_orientation(rq_buf *out, const rq_preprocess *p)
{
    if (p->ignore_orientation) rq_buf_append(out, rq_orientation_keywords[1].name);
}

static void put_layout(rq_buf *out, const rq_preprocess *p)
{
    if (p->layout != RQ_LAYOUT_AUTO) rq_buf_append(out, rq_layout_keywords[p->layout].name);
}

static void put_mean(rq_buf *out, const rq_preprocess *p)
{
    put_numbers(out, p->mean, p->n_mean);
}

static void put_scale(rq_buf *out, const rq_preprocess *p)
{
    put_numbers(out, p->scale, p->n_scale);
}

static void put_channels(rq_buf *out, const rq_preprocess *p)
{
    if (p->channels != RQ_CHANNELS_AUTO) rq_buf_append(out, rq_channels_keywords[p->channels].name);
}

/* SIZE: taken together, as a crop of one size is none of another. OWN: what a model may do itself.
 */
typedef enum group { SIZE, OWN, OTHER } group;

static const struct entry {
    const char *key; /* of preprocess_keys.def */
    group group;
    void (*put)(rq_buf *out, const rq_preprocess *p); /* nothing: not asked */
} entries[] = {
    {"resize", SIZE, put_resize},
    {"crop", SIZE, put_crop},
    {"crop-rect", SIZE, put_rectangle},
    {"fit", SIZE, put_fit},
    {"pad", OTHER, put_pad},
    {"mean", OWN, put_mean},
    {"scale", OWN, put_scale},
    {"channels", OWN, put_channels},
    {"layout", OTHER, put_layout},
    {"filter", OTHER, put_filter},
    {"orientation", OTHER, put_orientation},
    {"decode", OTHER, put_decode},
};
enum { N_ENTRIES = sizeof entries / sizeof *entries };

/* -- writing --------------------------------------------------------------------------------- */

static rq_status set(rq_graph *graph, const char *key, const char *value)
{
    char path[PATH];
    return value && *value ? rq_graph_set_rt_info(graph, path_of(path, key), value) : RQ_OK;
}

rq_status rq_recorded_request_set(rq_graph *graph, const rq_image_request *request)
{
    rq_status status = RQ_OK;
    if (request->tensors) return RQ_OK;
    for (size_t i = 0; status == RQ_OK && i < N_ENTRIES; i++) {
        rq_buf value = {0};
        entries[i].put(&value, &request->preprocess);
        status = value.failed ? rq_fail_memory(value.length, "rt_info")
                              : set(graph, entries[i].key, value.data);
        rq_buf_free(&value);
    }
    return status == RQ_OK ? set(graph, "adapter", request->adapter) : status;
}

bool rq_recorded_request_is_there(const rq_graph *graph)
{
    char path[PATH];
    for (size_t i = 0; i < N_ENTRIES; i++)
        if (rq_graph_rt_info(graph, path_of(path, entries[i].key))) return true;
    return rq_graph_rt_info(graph, shape_path(path, 0)) != NULL;
}

/* -- taking ---------------------------------------------------------------------------------- */

static bool is_asked(const struct entry *entry, const rq_preprocess *asked)
{
    rq_buf value = {0};
    entry->put(&value, asked);
    bool is = value.length > 0 || rq_preprocess_asks(asked, entry->key);
    rq_buf_free(&value);
    return is;
}

static bool asks_size(const rq_preprocess *asked)
{
    for (size_t i = 0; i < N_ENTRIES; i++)
        if (entries[i].group == SIZE && is_asked(&entries[i], asked)) return true;
    return false;
}

/* What is taken and what is not though it is not asked, as options. */
static rq_status take_all(rq_preprocess *p, rq_buf *taken, rq_buf *left, const rq_graph *graph)
{
    char path[PATH];
    bool sized = asks_size(p), embedded = rq_embedded_preprocessing_is_there(graph);
    for (size_t i = 0; i < N_ENTRIES; i++) {
        const struct entry *entry = &entries[i];
        const char *value = rq_graph_rt_info(graph, path_of(path, entry->key));
        if (!value || !*value || is_asked(entry, p) || (entry->group == OWN && embedded)) continue;
        bool leave = entry->group == SIZE && sized;
        if (!leave) RQ_TRY(rq_preprocess_set(p, entry->key, value, path));
        rq_buf_printf(leave ? left : taken, " --%s %s", entry->key, value);
    }
    return RQ_OK;
}

static rq_status take_adapter(rq_image_request *request, rq_buf *taken, const rq_graph *graph,
                              rq_arena *arena)
{
    char path[PATH];
    const char *value = rq_graph_rt_info(graph, path_of(path, "adapter"));
    if (!value || !*value || request->adapter) return RQ_OK;
    request->adapter = rq_arena_strdup(arena, value);
    rq_buf_printf(taken, " --adapter %s", value);
    return request->adapter ? RQ_OK : RQ_ENOMEM;
}

static void tell_all(const char *path, const rq_buf *taken, const rq_buf *left)
{
    if (taken->length)
        rq_log("%s was calibrated with, and nothing else is asked:%s", path, taken->data);
    if (left->length)
        rq_log(
            "%s was calibrated with%s: not used, as another size is asked, and sizes go together",
            path, left->data);
}

rq_status rq_recorded_request_take(rq_image_request *request, const rq_graph *graph, bool tell,
                                   rq_arena *arena)
{
    rq_buf taken = {0}, left = {0};
    if (request->tensors) return RQ_OK;
    rq_status status = take_all(&request->preprocess, &taken, &left, graph);
    if (status == RQ_OK) status = take_adapter(request, &taken, graph, arena);
    if (status == RQ_OK && tell) tell_all(graph->path, &taken, &left);
    rq_buf_free(&left);
    rq_buf_free(&taken);
    return status == RQ_EARG ? rq_fail_prefix(RQ_EFORMAT, "%s", graph->path) : status;
}

/* -- shapes ---------------------------------------------------------------------------------- */

rq_status rq_recorded_shapes_set(rq_graph *graph, const rq_input_shape *shapes, size_t n)
{
    rq_status status = RQ_OK;
    size_t recorded = 0;
    for (size_t i = 0; status == RQ_OK && i < n; i++) {
        char path[PATH], shape[RQ_SHAPE_TEXT];
        rq_buf text = {0};
        const rq_node *node = rq_graph_find_parameter(graph, shapes[i].name);
        if (!node || !rq_tensor_shapes_is_open(graph, node, NULL, 0)) continue;
        rq_buf_printf(&text, "%s%s", shapes[i].name, rq_shape_text(&shapes[i].shape, shape));
        status = text.failed ? rq_fail_memory(text.length, "rt_info")
                             : rq_graph_set_rt_info(graph, shape_path(path, recorded++), text.data);
        rq_buf_free(&text);
    }
    return status;
}

rq_status rq_recorded_shapes_take(rq_input_shape *shapes, size_t *n, size_t room,
                                  const rq_graph *recorded, const rq_graph *graph, bool tell,
                                  rq_arena *arena)
{
    char path[PATH];
    const char *text;
    for (size_t i = 0; *n < room && (text = rq_graph_rt_info(recorded, shape_path(path, i))); i++) {
        rq_input_shape shape;
        rq_status status = rq_input_shape_parse(&shape, text, arena);
        if (status == RQ_EARG) return rq_fail_prefix(RQ_EFORMAT, "%s: %s", recorded->path, path);
        RQ_TRY(status);
        const rq_node *node = rq_tensor_shapes_input(graph, &shape, recorded);
        if (!node || !rq_tensor_shapes_is_open(graph, node, shapes, *n) ||
            !rq_shape_is_static(&shape.shape))
            continue;
        if (graph != recorded) shape.name = node->name;
        shapes[(*n)++] = shape;
        if (tell) rq_log("%s has the shape that it was calibrated at; --shape gives another", text);
    }
    return RQ_OK;
}
