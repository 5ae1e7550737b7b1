/* Private to caffe_*.c: layers of every age as today's, their weights and their parameters. */
#ifndef RQ_IMPORT_CAFFE_CAFFE_LAYERS_H
#define RQ_IMPORT_CAFFE_CAFFE_LAYERS_H

#include "engine/import/framework_model.h"

#include "engine/import/caffe/caffe.pb-c.h"

typedef Caffe__LayerParameter rq_caffe_layer;

/* All layers of the net in today's form, in the file's order. The list is in the arena. */
rq_status rq_caffe_list_layers(rq_caffe_layer ***out, size_t *n, rq_arena *arena,
                               const Caffe__NetParameter *net, const char *path);

/* Whether the layer belongs to a net that is used, not trained. */
bool rq_caffe_is_included(const rq_caffe_layer *layer, const Caffe__NetParameter *net);

/* The blob as f32 in the arena. */
rq_status rq_caffe_read_blob(rq_tensor *out, rq_arena *arena, const Caffe__BlobProto *blob,
                             const char *layer, const char *path);
rq_status rq_caffe_read_shape(rq_shape *out, const Caffe__BlobShape *shape, const char *what);

/* The *_param messages that are set, as attributes; those that caffe.proto does not name, and
 * fields that it does not name, by their text: see rq_caffe_add_fields. */
rq_status rq_caffe_add_attrs(rq_framework_model *source, rq_framework_node *node,
                             const rq_caffe_layer *layer);

/* Fields of a message that the schema does not name, as attributes of the node that has none of
 * that name: whole numbers and booleans are INT, other numbers FLOAT, all else STRING; several of
 * one name, or in [], a list of these. `only_params`: of a layer, whose fields those of its
 * messages
 * "..._param" are. */
rq_status rq_caffe_add_fields(rq_framework_model *source, rq_framework_node *node,
                              const ProtobufCMessage *message, const char *prefix,
                              bool only_params);

#endif
