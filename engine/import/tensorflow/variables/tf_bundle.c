#include "engine/import/tensorflow/variables/tf_bundle.h"
#include "engine/import/proto.h"
#include "engine/import/framework_model_make.h"
#include "engine/import/tensorflow/variables/tf_table.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define MAX_SHARDS 100000
/* How Keras keeps the way from variables' names to the checkpoint's keys. */
#define OBJECT_GRAPH "_CHECKPOINTABLE_OBJECT_GRAPH"

static rq_status read_header(rq_tf_bundle *bundle, const uint8_t *value, size_t size)
{
    const Tf__BundleHeaderProto *header;
    RQ_TRY(rq_proto_read(&header, bundle->graph->arena, &tf__bundle_header_proto__descriptor, value,
                         size, bundle->prefix));
    if (header->endianness != TF__BUNDLE_HEADER_PROTO__ENDIANNESS__LITTLE)
        return rq_fail(RQ_EUNSUPPORTED, "%s: a big-endian checkpoint", bundle->prefix);
    if (header->num_shards < 1 || header->num_shards > MAX_SHARDS)
        return rq_fail(RQ_EFORMAT, "%s: a checkpoint of %d files", bundle->prefix,
                       header->num_shards);
    bundle->n_shards = header->num_shards;
    bundle->shards =
        rq_arena_alloc(bundle->graph->arena, (size_t)bundle->n_shards, sizeof *bundle->shards);
    return bundle->shards ? RQ_OK : RQ_ENOMEM;
}

static rq_status add_entry(void *context, const char *key, size_t n_key, const uint8_t *value,
                           size_t n_value)
{
    rq_tf_bundle *bundle = context;
    if (!n_key) return read_header(bundle, value, n_value);
    RQ_TRY(rq_tf_spend(bundle->graph, n_key, 1, "a checkpoint's names"));
    RQ_TRY(rq_grow(&bundle->entries, &bundle->capacity, bundle->n_entries, sizeof *bundle->entries,
                   "a checkpoint"));
    char *copy = rq_arena_alloc(bundle->graph->arena, n_key + 1, 1); /* it may hold zeros */
    uint32_t found;
    if (!copy) return RQ_ENOMEM;
    memcpy(copy, key, n_key);
    bundle->entries[bundle->n_entries] =
        (rq_tf_bundle_entry){.key = copy, .value = value, .size = n_value};
    return rq_map_add_bytes(&found, bundle->by_key, copy, n_key, (uint32_t)bundle->n_entries++);
}

/* A string tensor of one element: its length as a varint, four bytes of checksum, its bytes. */
static bool find_string(const uint8_t **out, size_t *n, const uint8_t *data, size_t size)
{
    size_t at = 0, length = 0;
    for (unsigned shift = 0; at < size && shift < 56; shift += 7) {
        length |= (size_t)(data[at] & 0x7f) << shift;
        if (data[at++] < 0x80) break;
    }
    if (size - at < 4 || size - at - 4 != length) return false;
    *out = data + at + 4;
    *n = length;
    return true;
}

static rq_status add_names(rq_tf_bundle *bundle, const Tf__TrackableObjectGraph__TrackableObject *o)
{
    for (size_t i = 0; i < o->n_attributes; i++) {
        const Tf__TrackableObjectGraph__SerializedTensor *tensor = o->attributes[i];
        if (!tensor->full_name || !tensor->checkpoint_key) continue;
        uint32_t entry = rq_map_get(bundle->by_key, tensor->checkpoint_key);
        if (entry != RQ_NONE) RQ_TRY(rq_map_put(bundle->by_name, tensor->full_name, entry));
    }
    return RQ_OK;
}

static rq_status read_object_graph(rq_tf_bundle *bundle)
{
    uint32_t i = rq_map_get(bundle->by_key, OBJECT_GRAPH);
    const Tf__BundleEntryProto *proto;
    const Tf__TrackableObjectGraph *objects;
    const uint8_t *data, *text;
    size_t n;
    if (i == RQ_NONE) return RQ_OK;
    RQ_TRY(rq_tf_bundle_entry_proto(&proto, bundle, &bundle->entries[i]));
    RQ_TRY(rq_tf_bundle_data(&data, bundle, proto, OBJECT_GRAPH));
    if (!find_string(&text, &n, data, (size_t)proto->size))
        return rq_fail(RQ_EFORMAT, "%s: the list of its objects is damaged", bundle->prefix);
    RQ_TRY(rq_proto_read(&objects, bundle->graph->arena, &tf__trackable_object_graph__descriptor,
                         text, n, bundle->prefix));
    for (size_t k = 0; k < objects->n_nodes; k++) RQ_TRY(add_names(bundle, objects->nodes[k]));
    return RQ_OK;
}

/* -- checkpoints of the first version --------------------------------------------------------- */

/* Tensors by name, with the keys of their parts. */
static rq_status add_v1_tensors(rq_tf_bundle *bundle, const Tf__SavedTensorSlices *saved)
{
    for (size_t i = 0; saved->meta && i < saved->meta->n_tensor; i++) {
        const Tf__SavedTensorSlices__SavedSliceMeta *tensor = saved->meta->tensor[i];
        if (!tensor->name || !*tensor->name) continue;
        RQ_TRY(add_entry(bundle, tensor->name, strlen(tensor->name), NULL, 0));
        bundle->entries[bundle->n_entries - 1].v1 = tensor;
    }
    return RQ_OK;
}

static rq_status add_v1_entry(void *context, const char *key, size_t n_key, const uint8_t *value,
                              size_t n_value)
{
    rq_tf_bundle *bundle = context;
    const Tf__SavedTensorSlices *saved;
    if (n_key) return add_entry(bundle, key, n_key, value, n_value);
    RQ_TRY(rq_proto_read(&saved, bundle->graph->arena, &tf__saved_tensor_slices__descriptor, value,
                         n_value, bundle->prefix));
    return add_v1_tensors(bundle, saved);
}

static rq_status visit_file(rq_tf_bundle *bundle, const char *path, rq_tf_table_visitor *visitor)
{
    rq_mapping file;
    if (!path) return RQ_ENOMEM;
    RQ_TRY(rq_framework_model_map(&file, bundle->source, path));
    return rq_tf_table_visit(&file, path, visitor, bundle);
}

rq_status rq_tf_bundle_open(rq_tf_bundle *bundle, rq_tf_graph *graph, rq_framework_model *source,
                            const char *prefix)
{
    *bundle = (rq_tf_bundle){.source = source, .graph = graph, .prefix = prefix};
    RQ_TRY(rq_map_create(&bundle->by_key));
    RQ_TRY(rq_map_create(&bundle->by_name));
    const char *path = rq_arena_printf(graph->arena, "%s.index", prefix);
    if (path && !rq_is_file(path) && rq_is_file(prefix))
        return visit_file(bundle, prefix, add_v1_entry);
    RQ_TRY(visit_file(bundle, path, add_entry));
    if (!bundle->shards) return rq_fail(RQ_EFORMAT, "%s: a checkpoint without a header", path);
    return read_object_graph(bundle);
}

void rq_tf_bundle_close(rq_tf_bundle *bundle)
{
    rq_map_destroy(&bundle->by_key);
    rq_map_destroy(&bundle->by_name);
    free(bundle->entries);
    bundle->entries = NULL;
}

rq_status rq_tf_bundle_find(const rq_tensor **out, rq_tf_bundle *bundle, const char *variable)
{
    uint32_t i = rq_map_get(bundle->by_key, variable);
    if (i == RQ_NONE) i = rq_map_get(bundle->by_name, variable);
    *out = NULL;
    if (i == RQ_NONE) return RQ_OK;
    if (!bundle->entries[i].tensor.data) RQ_TRY(rq_tf_bundle_read(bundle, &bundle->entries[i]));
    *out = &bundle->entries[i].tensor;
    return RQ_OK;
}
