#include "engine/import/proto.h"
#include "engine/import/framework_model_make.h"
#include "engine/import/tensorflow/tf.h"
#include "engine/import/tensorflow/graph/tf_graph.h"

#include "engine/base/text.h"

#include <stdlib.h>
#include <string.h>

/* A file's constants and attributes may take this much more memory than the file itself. */
#define EXPANSION_BYTES ((size_t)64 << 20)
#define EXPANSION_FACTOR 64

/* What a file of any kind gives. */
typedef struct model {
    const Tf__GraphDef *graph;
    const Tf__SignatureDef *signature; /* NULL: none */
    char *checkpoint;                  /* a SavedModel's own; NULL: none */
    size_t file_size;
} model;

static rq_status read_message(void *out, model *m, rq_framework_model *source, const char *path,
                              const ProtobufCMessageDescriptor *type)
{
    rq_mapping file;
    RQ_TRY(rq_framework_model_map(&file, source, path));
    m->file_size = file.size;
    if (rq_proto_is_text(file.data, file.size))
        return rq_proto_read_text(out, source->arena, type, (const char *)file.data, file.size,
                                  path);
    return rq_proto_read(out, source->arena, type, file.data, file.size, path);
}

static rq_status take_meta_graph(model *m, const Tf__MetaGraphDef *meta, const char *path)
{
    m->graph = meta->graph_def;
    if (!m->graph) return rq_fail(RQ_EFORMAT, "%s: a meta graph without a graph", path);
    for (size_t i = 0; i < meta->n_signature_def; i++) {
        const Tf__SignatureEntry *entry = meta->signature_def[i];
        bool is_default = entry->key && !strcmp(entry->key, "serving_default");
        bool usable = entry->value && entry->value->n_outputs && entry->value->n_inputs;
        if (usable && (is_default || !m->signature)) m->signature = entry->value;
    }
    return RQ_OK;
}

/* Every tag asked for is one of the graph's. */
static bool has_tags(const Tf__MetaGraphDef *meta, const char *tags)
{
    const Tf__MetaGraphDef__MetaInfoDef *info = meta->meta_info_def;
    while (*tags) {
        size_t length = strcspn(tags, ","), i = 0, n = info ? info->n_tags : 0;
        while (i < n && (strlen(info->tags[i]) != length || memcmp(info->tags[i], tags, length)))
            i++;
        if (i == n) return false;
        tags += length + (tags[length] == ',');
    }
    return true;
}

/* "serve" or "serve,gpu" of each graph. */
static rq_status refuse_tags(const Tf__SavedModel *saved, const char *tags, const char *path)
{
    rq_buf known = {0};
    for (size_t i = 0; i < saved->n_meta_graphs; i++) {
        const Tf__MetaGraphDef__MetaInfoDef *info = saved->meta_graphs[i]->meta_info_def;
        rq_buf_append(&known, i ? ", '" : "'");
        for (size_t k = 0; info && k < info->n_tags; k++)
            rq_buf_printf(&known, "%s%s", k ? "," : "", info->tags[k]);
        rq_buf_append(&known, "'");
    }
    rq_status status = rq_fail(RQ_EFORMAT, "%s: no graph has the tags '%s'; there is %s", path,
                               tags, known.data ? known.data : "none");
    rq_buf_free(&known);
    return status;
}

static rq_status find_meta_graph(model *m, const Tf__SavedModel *saved, const char *tags,
                                 const char *path)
{
    for (size_t i = 0; i < saved->n_meta_graphs; i++)
        if (has_tags(saved->meta_graphs[i], tags ? tags : "serve"))
            return take_meta_graph(m, saved->meta_graphs[i], path);
    if (!tags && saved->n_meta_graphs == 1) return take_meta_graph(m, saved->meta_graphs[0], path);
    return refuse_tags(saved, tags ? tags : "serve", path);
}

static rq_status read_saved_model(model *m, rq_framework_model *source, const char *dir,
                                  const char *tags)
{
    const Tf__SavedModel *saved;
    const char *path = rq_arena_printf(source->arena, "%s/saved_model.pb", dir);
    if (path && !rq_is_file(path))
        path = rq_arena_printf(source->arena, "%s/saved_model.pbtxt", dir);
    if (!path) return RQ_ENOMEM;
    RQ_TRY(read_message(&saved, m, source, path, &tf__saved_model__descriptor));
    RQ_TRY(find_meta_graph(m, saved, tags, path));
    m->checkpoint = rq_arena_printf(source->arena, "%s/variables/variables", dir);
    const char *index = rq_arena_printf(source->arena, "%s.index", m->checkpoint);
    if (!m->checkpoint || !index) return RQ_ENOMEM;
    if (!rq_is_file(index)) m->checkpoint = NULL; /* a frozen one has none */
    return RQ_OK;
}

static rq_status read_model(model *m, rq_framework_model *source, const char *tags)
{
    const char *path = source->path;
    if (rq_is_dir(path)) return read_saved_model(m, source, path, tags);
    if (rq_ends_with(path, "saved_model.pb") || rq_ends_with(path, "saved_model.pbtxt")) {
        char *dir = rq_path_dir(path);
        if (!dir) return rq_fail_memory(0, "a path");
        rq_status status = read_saved_model(m, source, dir, tags);
        free(dir);
        return status;
    }
    if (!rq_ends_with(path, ".meta"))
        return read_message(&m->graph, m, source, path, &tf__graph_def__descriptor);
    const Tf__MetaGraphDef *meta;
    RQ_TRY(read_message(&meta, m, source, path, &tf__meta_graph_def__descriptor));
    return take_meta_graph(m, meta, path);
}

/* One of the Object Detection API, whose loops the replacements know. */
static bool is_detector(const Tf__GraphDef *graph)
{
    for (size_t i = 0; i < graph->n_node; i++)
        if (graph->node[i]->name &&
            strstr(graph->node[i]->name, "BatchMultiClassNonMaxSuppression/"))
            return true;
    return false;
}

static rq_status convert(rq_framework_model *source, rq_tf_graph *graph, const model *m,
                         const char *checkpoint)
{
    graph->signature = m->signature;
    RQ_TRY(rq_tf_graph_open(graph, m->graph));
    if (checkpoint) RQ_TRY(rq_tf_freeze(graph, source, checkpoint));
    RQ_TRY(rq_tf_choose_outputs(graph));
    if (!graph->keep_loops) RQ_TRY(rq_tf_find_branches(graph));
    return rq_tf_emit(source, graph);
}

static rq_status read_all(rq_framework_model *source, const rq_tf_options *options)
{
    model m = {0};
    RQ_TRY(read_model(&m, source, options->tags));
    if (!m.graph->n_node)
        return rq_fail(RQ_EFORMAT, "%s: no nodes: not a TensorFlow graph", source->path);
    rq_tf_graph graph = {.arena = source->arena, .path = source->path, .file_size = m.file_size};
    graph.whole = options->whole;
    graph.bytes_left = EXPANSION_BYTES + m.file_size * EXPANSION_FACTOR;
    graph.keep_loops = source->keeps_loops = options->keep_loops && is_detector(m.graph);
    const char *checkpoint = options->checkpoint ? options->checkpoint : m.checkpoint;
    rq_status status = convert(source, &graph, &m, checkpoint);
    rq_tf_graph_close(&graph);
    if (checkpoint) source->bytes = rq_framework_model_constant_bytes(source);
    return status;
}

rq_status rq_tf_open(rq_framework_model **out, const char *path, const rq_tf_options *options)
{
    rq_framework_model *source;
    RQ_TRY(rq_framework_model_create(&source, rq_framework_tf, path));
    rq_status status = read_all(source, options);
    if (status == RQ_OK)
        *out = source;
    else
        rq_framework_model_destroy(&source);
    return status;
}
