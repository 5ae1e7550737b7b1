/* A checkpoint: tensors by name in <prefix>.index and <prefix>.data-00000-of-00001, or of the first
 * version, all in one file <prefix>. Private to tf_*.c. Source of the formats: TensorFlow,
 * core/protobuf/tensor_bundle.proto, core/util/saved_tensor_slice.proto. */
#ifndef RQ_IMPORT_TENSORFLOW_TF_BUNDLE_H
#define RQ_IMPORT_TENSORFLOW_TF_BUNDLE_H

#include "engine/import/tensorflow/graph/tf_graph.h"

typedef struct rq_tf_bundle_entry {
    const char *key;
    const uint8_t *value; /* a BundleEntryProto, of the first version a SavedTensorSlices */
    size_t size;
    const Tf__SavedTensorSlices__SavedSliceMeta *v1; /* parts of a tensor, without `value` */
    rq_tensor tensor;                                /* with data: read */
} rq_tf_bundle_entry;

typedef struct rq_tf_bundle {
    rq_framework_model *source; /* maps the files; its arena holds the rest */
    rq_tf_graph *graph;
    const char *prefix;
    rq_tf_bundle_entry *entries;
    size_t n_entries, capacity;
    rq_map *by_key;     /* -> entries */
    rq_map *by_name;    /* a Keras variable's name -> entries */
    rq_mapping *shards; /* data NULL: not opened yet; NULL: of the first version */
    int32_t n_shards;
} rq_tf_bundle;

/* {0} before it; close it even when it fails. */
rq_status rq_tf_bundle_open(rq_tf_bundle *bundle, rq_tf_graph *graph, rq_framework_model *source,
                            const char *prefix);
void rq_tf_bundle_close(rq_tf_bundle *bundle);

/* The bytes that an entry stands for. */
rq_status rq_tf_bundle_data(const uint8_t **out, rq_tf_bundle *bundle,
                            const Tf__BundleEntryProto *proto, const char *key);
rq_status rq_tf_bundle_entry_proto(const Tf__BundleEntryProto **out, rq_tf_bundle *bundle,
                                   const rq_tf_bundle_entry *entry);
/* Sets the entry's tensor. */
rq_status rq_tf_bundle_read(rq_tf_bundle *bundle, rq_tf_bundle_entry *entry);

/* The variable's value, as the framework's model keeps it; *out is NULL when the checkpoint lacks
 * it. */
rq_status rq_tf_bundle_find(const rq_tensor **out, rq_tf_bundle *bundle, const char *variable);

/* Values of variables that the model's own nodes restore, see tf_restore.c. */
rq_status rq_tf_restore_variables(rq_tf_graph *graph, rq_tf_bundle *bundle);
/* Values of variables that only their readers name, see tf_keras_variables.c. */
rq_status rq_tf_freeze_keras_variables(rq_tf_graph *graph, rq_tf_bundle *bundle);

#endif
