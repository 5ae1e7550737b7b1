/* ONNX: from file to framework_model. */
#include "engine/import/onnx/onnx_read.h"

#include "engine/import/import.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define MIN_OPSET 1
#define MIN_NODE_BUDGET ((size_t)1 << 16) /* that functions may expand to in a small file */

/* -- what a file is -------------------------------------------------------------------------- */

static bool read_varint(const uint8_t **at, const uint8_t *end, uint64_t *out)
{
    *out = 0;
    for (int shift = 0; *at < end && shift < 64; shift += 7) {
        uint8_t byte = *(*at)++;
        *out |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) return true;
    }
    return false;
}

/* A field after another as far as they are whole: a model has a version (1) that is a number and
 * a graph (7) that is a message. */
static bool sniff(const rq_import_files *files, const uint8_t *data, size_t size)
{
    (void)files;
    if (!size) return false; /* without data */
    const uint8_t *at = data, *end = data + size;
    bool version = false, graph = false;
    uint64_t tag, n;
    while (at && at < end && read_varint(&at, end, &tag)) {
        version |= tag == (1 << 3 | 0);
        graph |= tag == (7 << 3 | 2);
        if ((tag & 7) != 0 && (tag & 7) != 2) return false;
        if (!read_varint(&at, end, &n)) break;
        if ((tag & 7) == 0) continue;
        if (n > (uint64_t)(end - at)) break;
        at += n;
    }
    return version && graph;
}

/* -- reading --------------------------------------------------------------------------------- */

/* The framework's model closes the mapped files. */
static rq_status hand_over_files(rq_framework_model *source, rq_onnx_reader *reader)
{
    rq_onnx_external *external = &reader->external;
    source->files = rq_arena_alloc(reader->arena, external->n, sizeof *source->files);
    if (!source->files) return RQ_ENOMEM;
    source->bytes = reader->bytes;
    for (size_t i = 0; i < external->n; i++) {
        source->files[i] = external->files[i].mapping;
        external->files[i].mapping = (rq_mapping){0};
        source->bytes += source->files[i].size;
    }
    source->n_files = external->n;
    return RQ_OK;
}

static rq_status read_metadata(rq_framework_model *source, const Onnx__Model *model)
{
    source->metadata =
        rq_arena_alloc(source->arena, model->n_metadata_props, sizeof *source->metadata);
    if (!source->metadata) return RQ_ENOMEM;
    for (size_t i = 0; i < model->n_metadata_props; i++) {
        const Onnx__StringEntry *entry = model->metadata_props[i];
        if (entry->key && entry->value)
            source->metadata[source->n_metadata++] =
                (rq_framework_metadata){entry->key, entry->value};
    }
    return RQ_OK;
}

static rq_status read_model(rq_framework_model **out, rq_onnx_reader *reader)
{
    const Onnx__Model *model = reader->model;
    if (!model->graph) return rq_fail(RQ_EFORMAT, "%s: an ONNX model without graph", reader->path);
    if (!model->n_opset_import) /* a file that is cut off has none, too */
        return rq_fail(RQ_EFORMAT, "%s: an ONNX model that does not say its opset", reader->path);
    rq_framework_model *source = NULL;
    RQ_TRY(rq_onnx_read_graph(&source, reader, model->graph, NULL, NULL));
    if (source->opset < MIN_OPSET)
        return rq_fail(RQ_EFORMAT, "%s: an ONNX model of opset %" PRId64, reader->path,
                       source->opset);
    RQ_TRY(read_metadata(source, model));
    RQ_TRY(hand_over_files(source, reader));
    *out = source;
    return RQ_OK;
}

static rq_status read_message(rq_onnx_reader *reader)
{
    rq_mapping file;
    RQ_TRY(rq_map_file(&file, reader->path));
    reader->bytes = file.size;
    reader->nodes_left = file.size > MIN_NODE_BUDGET ? file.size : MIN_NODE_BUDGET;
    rq_status status = rq_proto_read(&reader->model, reader->arena, &onnx__model__descriptor,
                                     file.data, file.size, reader->path);
    rq_unmap_file(&file);
    return status;
}

static rq_status read_file(rq_framework_model **out, const rq_import_files *files)
{
    rq_onnx_reader reader = {0};
    rq_arena *arena = NULL;
    *out = NULL;
    RQ_TRY(rq_arena_create(&arena));
    reader.arena = arena;
    reader.path = rq_arena_strdup(arena, files->model);
    reader.external.model = reader.path;
    rq_status status = reader.path ? RQ_OK : RQ_ENOMEM;
    if (status == RQ_OK) status = read_message(&reader);
    if (status == RQ_OK) status = read_model(out, &reader);
    rq_onnx_external_close(&reader.external);
    if (status != RQ_OK) rq_arena_destroy(&arena);
    return status;
}

const rq_reader rq_reader_onnx = {sniff, read_file, &rq_op_mapping_onnx, NULL};
