/* Values of a checkpoint's entries. */
#include "engine/import/framework_model_make.h"
#include "engine/import/proto.h"
#include "engine/import/tensorflow/variables/tf_bundle.h"
#include "engine/import/tensorflow/variables/tf_part.h"

#include <inttypes.h>
#include <string.h>

static rq_status open_shard(rq_tf_bundle *bundle, int32_t i)
{
    if (bundle->shards[i].data) return RQ_OK;
    const char *path = rq_arena_printf(bundle->graph->arena, "%s.data-%05d-of-%05d", bundle->prefix,
                                       i, bundle->n_shards);
    return path ? rq_framework_model_map(&bundle->shards[i], bundle->source, path) : RQ_ENOMEM;
}

rq_status rq_tf_bundle_data(const uint8_t **out, rq_tf_bundle *bundle,
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

rq_status rq_tf_bundle_entry_proto(const Tf__BundleEntryProto **out, rq_tf_bundle *bundle,
                                   const rq_tf_bundle_entry *entry)
{
    return rq_proto_read(out, bundle->graph->arena, &tf__bundle_entry_proto__descriptor,
                         entry->value, entry->size, bundle->prefix);
}

/* Type and shape; no data yet. */
static rq_status set_kind(rq_tensor *out, const rq_tf_bundle *bundle, Tf__DataType type,
                          const Tf__TensorShapeProto *shape, const char *key)
{
    *out = (rq_tensor){.dtype = rq_tf_dtype(type)};
    RQ_TRY(rq_tf_shape(&out->shape, shape, key));
    if (!shape) out->shape.rank = 0;
    if (rq_dtype_bits(out->dtype) >= 8 && rq_shape_is_static(&out->shape)) return RQ_OK;
    return rq_fail(RQ_EFORMAT, "%s: '%s': a type or shape that is not known", bundle->prefix, key);
}

static rq_status read_kind(rq_tensor *out, const rq_tf_bundle *bundle,
                           const Tf__BundleEntryProto *proto, const char *key)
{
    return set_kind(out, bundle, proto->dtype, proto->shape, key);
}

static rq_status read_whole(rq_tensor *t, rq_tf_bundle *bundle, const Tf__BundleEntryProto *proto,
                            const char *key)
{
    const uint8_t *data = NULL;
    RQ_TRY(rq_tf_bundle_data(&data, bundle, proto, key));
    if (rq_tensor_bytes(t) != (size_t)proto->size)
        return rq_fail(RQ_EFORMAT, "%s: '%s': %" PRId64 " bytes do not fit its type and shape",
                       bundle->prefix, key, proto->size);
    t->data = (void *)data;
    if ((uintptr_t)data % (rq_dtype_bits(t->dtype) / 8)) { /* tensors are packed without gaps */
        t->data = rq_arena_alloc(bundle->graph->arena, (size_t)proto->size, 1);
        if (!t->data) return RQ_ENOMEM;
        memcpy(t->data, data, (size_t)proto->size);
    }
    return RQ_OK;
}

/* -- partitioned variables ------------------------------------------------------------------- */

/* What a tensor is kept in. */
typedef struct parts {
    const char *name;
    Tf__DataType type;
    Tf__TensorSliceProto **slices;
    size_t n;
} parts;

/* A part as checkpoints of the first version have it: a list of values without a shape. */
static rq_status read_v1_values(rq_tensor *t, rq_tf_bundle *bundle, const rq_tf_bundle_entry *entry,
                                const rq_tf_part *part, Tf__DataType type)
{
    const Tf__SavedTensorSlices *saved;
    Tf__TensorShapeProto__Dim dim = TF__TENSOR_SHAPE_PROTO__DIM__INIT, *dims[] = {&dim};
    Tf__TensorShapeProto shape = TF__TENSOR_SHAPE_PROTO__INIT;
    RQ_TRY(rq_proto_read(&saved, bundle->graph->arena, &tf__saved_tensor_slices__descriptor,
                         entry->value, entry->size, bundle->prefix));
    if (!saved->data || !saved->data->data)
        return rq_fail(RQ_EFORMAT, "%s: a part without data", bundle->prefix);
    dim.size = (int64_t)rq_shape_count(&part->size);
    dim.has_size = true;
    shape.dim = dims;
    shape.n_dim = 1;
    saved->data->data->tensor_shape = &shape;
    saved->data->data->dtype = type;
    rq_status status = rq_tf_tensor(t, bundle->graph, saved->data->data, bundle->prefix);
    saved->data->data->tensor_shape = NULL;
    t->shape = part->size;
    return status;
}

static rq_status read_values(rq_tensor *t, rq_tf_bundle *bundle, const rq_tf_bundle_entry *entry,
                             const rq_tf_part *part, const parts *of)
{
    const Tf__BundleEntryProto *proto;
    if (!bundle->shards) return read_v1_values(t, bundle, entry, part, of->type);
    RQ_TRY(rq_tf_bundle_entry_proto(&proto, bundle, entry));
    RQ_TRY(read_kind(t, bundle, proto, of->name));
    return read_whole(t, bundle, proto, of->name);
}

/* One part, which is an entry of its own. *left: elements that are not there yet. */
static rq_status read_part(rq_tensor *whole, rq_tf_bundle *bundle, const parts *of, size_t k,
                           size_t *left)
{
    rq_tf_part part;
    rq_tensor t;
    size_t n;
    RQ_TRY(rq_tf_part_read(&part, of->slices[k], &whole->shape, of->name));
    const uint8_t *key = rq_tf_part_key(&n, bundle->graph->arena, of->name, of->slices[k]);
    if (!key) return RQ_ENOMEM;
    uint32_t i = rq_map_get_bytes(bundle->by_key, key, n);
    if (i == RQ_NONE || !bundle->entries[i].value || rq_shape_count(&part.size) > *left)
        return rq_fail(RQ_EFORMAT, "%s: '%s': a part is missing, or there twice", bundle->prefix,
                       of->name);
    RQ_TRY(read_values(&t, bundle, &bundle->entries[i], &part, of));
    if (t.dtype != whole->dtype || !rq_shape_equal(&t.shape, &part.size))
        return rq_fail(RQ_EFORMAT, "%s: '%s': a part of another type or shape than it says",
                       bundle->prefix, of->name);
    rq_tf_part_put(whole, &part, t.data);
    *left -= rq_shape_count(&part.size);
    return RQ_OK;
}

static rq_status join_parts(rq_tensor *t, rq_tf_bundle *bundle, const parts *of)
{
    size_t left = rq_tensor_count(t), size = rq_dtype_bits(t->dtype) / 8;
    RQ_TRY(rq_tf_spend(bundle->graph, left, size, of->name));
    t->data = rq_arena_alloc(bundle->graph->arena, left, size);
    if (!t->data) return RQ_ENOMEM;
    for (size_t i = 0; i < of->n; i++) RQ_TRY(read_part(t, bundle, of, i, &left));
    if (!left) return RQ_OK;
    return rq_fail(RQ_EFORMAT, "%s: '%s': its parts leave %zu elements out", bundle->prefix,
                   of->name, left);
}

static rq_status read_v1(rq_tensor *t, rq_tf_bundle *bundle, const rq_tf_bundle_entry *entry)
{
    const Tf__SavedTensorSlices__SavedSliceMeta *meta = entry->v1;
    RQ_TRY(set_kind(t, bundle, meta->type, meta->shape, entry->key));
    return join_parts(t, bundle, &(parts){entry->key, meta->type, meta->slice, meta->n_slice});
}

rq_status rq_tf_bundle_read(rq_tf_bundle *bundle, rq_tf_bundle_entry *entry)
{
    const Tf__BundleEntryProto *proto;
    rq_tensor t;
    if (entry->v1) {
        RQ_TRY(read_v1(&t, bundle, entry));
    } else {
        RQ_TRY(rq_tf_bundle_entry_proto(&proto, bundle, entry));
        RQ_TRY(read_kind(&t, bundle, proto, entry->key));
        const parts of = {entry->key, proto->dtype, proto->slices, proto->n_slices};
        RQ_TRY(of.n ? join_parts(&t, bundle, &of) : read_whole(&t, bundle, proto, entry->key));
    }
    entry->tensor = t;
    return RQ_OK;
}
