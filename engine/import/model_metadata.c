#include "engine/import/model_metadata.h"

#include "engine/base/callbacks.h"
#include "engine/base/text.h"
#include "engine/base/formats/yaml.h"

#include <stdlib.h>
#include <string.h>

/* -- class names ------------------------------------------------------------------------------- */

/* Labels stand between blanks, so that those inside a name are '_'. */
static void add_label(rq_buf *labels, const char *name, size_t length)
{
    if (labels->length) rq_buf_append(labels, " ");
    for (size_t i = 0; i < length; i++) rq_buf_append_n(labels, name[i] == ' ' ? "_" : &name[i], 1);
}

/* Python's "{0: 'person', 1: "driver's seat"}", in the order in which they stand. */
static void add_python_names(rq_buf *labels, const char *text)
{
    while ((text += strcspn(text, "'\""))[0]) {
        const char *end = text + 1;
        while (*end && *end != *text) end += *end == '\\' && end[1] ? 2 : 1;
        if (!*end) return;
        add_label(labels, text + 1, (size_t)(end - text - 1));
        text = end + 1;
    }
}

static rq_status set_labels(rq_graph *graph, rq_buf *labels)
{
    rq_status status = labels->failed ? rq_fail_memory(labels->length, "names of classes") : RQ_OK;
    if (status == RQ_OK && labels->length)
        status = rq_graph_set_rt_info(graph, "model_info/labels", labels->data);
    rq_buf_free(labels);
    return status;
}

/* -- what is known of authors ------------------------------------------------------------------ */

/* What Ultralytics writes into an IR itself, and does not into ONNX. */
static rq_status set_ultralytics(rq_graph *graph, const char *author, const char *task)
{
    static const char *const facts[][2] = {{"model_info/model_type", "YOLO"},
                                           {"model_info/scale_values", "255.0"},
                                           {"model_info/pad_value", "114"},
                                           {"model_info/resize_type", "fit_to_window_letterbox"}};
    bool classifies = !task || !strcmp(task, "classify");
    if (!author || strcmp(author, "Ultralytics") != 0) return RQ_OK;
    for (size_t i = 0; i < (classifies ? 2 : sizeof facts / sizeof *facts); i++)
        if (!rq_graph_rt_info(graph, facts[i][0]))
            RQ_TRY(rq_graph_set_rt_info(graph, facts[i][0], facts[i][1]));
    return RQ_OK;
}

static const char *metadata_of(const rq_framework_model *source, const char *key)
{
    for (size_t i = 0; i < source->n_metadata; i++)
        if (!strcmp(source->metadata[i].key, key)) return source->metadata[i].value;
    return NULL;
}

rq_status rq_model_metadata_set(rq_graph *graph, const rq_framework_model *source)
{
    rq_buf labels = {0};
    const char *names = metadata_of(source, "names"),
               *characters = metadata_of(source, "character");
    if (names) add_python_names(&labels, names);
    RQ_TRY(set_labels(graph, &labels));
    if (characters) RQ_TRY(rq_graph_set_rt_info(graph, "model_info/character", characters));
    return set_ultralytics(graph, metadata_of(source, "author"), metadata_of(source, "task"));
}

/* -- metadata.yaml ----------------------------------------------------------------------------- */

static rq_status take_yaml(rq_graph *graph, const rq_yaml *yaml)
{
    rq_buf labels = {0};
    for (size_t i = 0; i < yaml->n; i++) {
        const rq_yaml_entry *entry = &yaml->entries[i];
        if (rq_starts_with(entry->key, "names."))
            add_label(&labels, entry->value, strlen(entry->value));
    }
    RQ_TRY(set_labels(graph, &labels));
    return set_ultralytics(graph, rq_yaml_value(yaml, "author"), rq_yaml_value(yaml, "task"));
}

static rq_status read_yaml(rq_graph *graph, const char *path)
{
    rq_yaml yaml;
    if (rq_yaml_open(&yaml, path) != RQ_OK) {
        rq_log("metadata is passed over: %s", rq_error_text());
        return RQ_OK;
    }
    rq_status status = take_yaml(graph, &yaml);
    rq_yaml_close(&yaml);
    return status;
}

rq_status rq_model_metadata_read_beside(rq_graph *graph, const char *path)
{
    if (rq_graph_rt_info(graph, "model_info/labels")) return RQ_OK;
    char *folder = rq_path_dir(path);
    char *file = folder ? rq_path_join(folder, "metadata.yaml") : NULL;
    rq_status status = file ? RQ_OK : rq_fail_memory(0, "a file name");
    if (file && rq_is_file(file)) status = read_yaml(graph, file);
    free(file);
    free(folder);
    return status;
}
