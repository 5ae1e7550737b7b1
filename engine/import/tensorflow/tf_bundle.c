#include "engine/import/tensorflow/tf_bundle.h"
#include "engine/import/proto.h"
#include "engine/import/framework_model_make.h"
#include "engine/import/tensorflow/tf_table.h"

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
    const char *copy = rq_arena_strndup(bundle->graph->arena, key, n_key);
    if (!copy) return RQ_ENOMEM;
    bundle->entries[bundle->n_entries] =
        (rq_tf_bundle_entry){.key = copy, .value = value, .size = n_value};
    return rq_map_put(bundle->by_key, copy, (uint32_t)bundle->n_entries++);
}

static rq_status open_shard(rq_tf_bundle *bundle, int32_t i)
{
    if (bundle->shards[i].data) return RQ_OK;
    const char *path = rq_arena_printf(bundle->graph->arena, "%s.data-%05d-of-%05d", bundle->prefix,
                                       i, bundle->n_shards);
    return path ? rq_framework_model_map(&bundle->shards[i], bundle->source, path) : RQ_ENOMEM;
}

/* The bytes that an entry stands for. */
static rq_status find_data(const uint8_t **out, rq_tf_bundle *bundle,
                           const Tf__BundleEntryProto *proto, const char *key)
{
    if (proto->shard_id < 0 || proto->shard_id >= bundle->n_shards)
        return rq_fail(RQ_EFORMAT, "%s: '%s' is in file %d of %d", bundle->prefix, key,
                       proto->shard_id, bundle->n_shards);
    RQ_TRY(open_shard(bundle, proto->shard_id));
    uint64_t total = bundle->shards[proto->shard_id].size;
    if (proto->offset < 0 || proto->size < 0 || (uint64_t)proto->offset > total ||
        (uint64_t)proto->size > total - (uint64_t)proto->offset)
        return rq_fail(RQ_EFORMAT,
                       "%s: '%s': bytes %" PRId64 " to %" PRId64 " are past the end of "
                       "its data (%" PRIu64 " bytes)",
                       bundle->prefix, key, proto->offset,
                       proto->offset + (proto->size < 0 ? 0 : proto->size), total);
    *out = bundle->shards[proto->shard_id].data + proto->offset;
    return RQ_OK;
}

static rq_status read_entry(const Tf__BundleEntryProto **out, rq_tf_bundle *bundle,
                            const rq_tf_bundle_entry *entry)
{
    return rq_proto_read(out, bundle->graph->arena, &tf__bundle_entry_proto__descriptor,
                         entry->value, entry->size, bundle->prefix);
}

static rq_status read_tensor(rq_tf_bundle *bundle, rq_tf_bundle_entry *entry)
{
    const Tf__BundleEntryProto *proto;
    const uint8_t *data;
    rq_tensor t = {0};
    RQ_TRY(read_entry(&proto, bundle, entry));
    RQ_TRY(find_data(&data, bundle, proto, entry->key));
    t.dtype = rq_tf_dtype(proto->dtype);
    RQ_TRY(rq_tf_shape(&t.shape, proto->shape, entry->key));
    if (!proto->shape) t.shape.rank = 0;
    unsigned bits = rq_dtype_bits(t.dtype);
    if (bits < 8 || !rq_shape_is_static(&t.shape) || rq_tensor_bytes(&t) != (size_t)proto->size)
        return rq_fail(RQ_EFORMAT, "%s: '%s': %" PRId64 " bytes do not fit its type and shape",
                       bundle->prefix, entry->key, proto->size);
    t.data = (void *)data;
    if ((uintptr_t)data % (bits / 8)) { /* the file packs tensors without gaps */
        t.data = rq_arena_alloc(bundle->graph->arena, (size_t)proto->size, 1);
        if (!t.data) return RQ_ENOMEM;
        memcpy(t.data, data, (size_t)proto->size);
    }
    entry->tensor = t;
    return RQ_OK;
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
    RQ_TRY(read_entry(&proto, bundle, &bundle->entries[i]));
    RQ_TRY(find_data(&data, bundle, proto, OBJECT_GRAPH));
    if (!find_string(&text, &n, data, (size_t)proto->size))
        return rq_fail(RQ_EFORMAT, "%s: the list of its objects is damaged", bundle->prefix);
    RQ_TRY(rq_proto_read(&objects, bundle->graph->arena, &tf__trackable_object_graph__descriptor,
                         text, n, bundle->prefix));
    for (size_t k = 0; k < objects->n_nodes; k++) RQ_TRY(add_names(bundle, objects->nodes[k]));
    return RQ_OK;
}

rq_status rq_tf_bundle_open(rq_tf_bundle *bundle, rq_tf_graph *graph, rq_framework_model *source,
                            const char *prefix)
{
    rq_mapping file;
    *bundle = (rq_tf_bundle){.source = source, .graph = graph, .prefix = prefix};
    const char *path = rq_arena_printf(graph->arena, "%s.index", prefix);
    if (!path) return RQ_ENOMEM;
    RQ_TRY(rq_map_create(&bundle->by_key));
    RQ_TRY(rq_map_create(&bundle->by_name));
    RQ_TRY(rq_framework_model_map(&file, source, path));
    RQ_TRY(rq_tf_table_visit(&file, path, add_entry, bundle));
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
    if (!bundle->entries[i].tensor.data) RQ_TRY(read_tensor(bundle, &bundle->entries[i]));
    *out = &bundle->entries[i].tensor;
    return RQ_OK;
}
