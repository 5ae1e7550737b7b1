/* Reading Caffe's models: prototxt with a caffemodel, of every age (layers of 2013, 2014 and now).
 *
 * Without a caffemodel, layers that have no blobs in the prototxt have the attribute "weightless".
 *
 * A node is a layer: its type as Caffe spells it today ("Convolution"), its inputs the bottoms and
 * then its weights ("<layer>/blob0", constants), its attribute "bottoms" how many are bottoms.
 * Attributes are the fields of the layer's *_param message under their own names, only those that
 * the file sets; a field of a nested message is "nms_param.top_k". Enumerations are strings.
 * Layers for training only are left out; what is computed in place is renamed "<blob>/<layer>". */
#ifndef RQ_IMPORT_CAFFE_CAFFE_H
#define RQ_IMPORT_CAFFE_CAFFE_H

#include "engine/import/framework_model.h"

/* `caffemodel` may be NULL: a net without weights. RQ_EFORMAT for damaged files. */
rq_status rq_caffe_open(rq_framework_model **out, const char *prototxt, const char *caffemodel);

/* The mean image of a .binaryproto file: f32 of shape [C, H, W], in the arena. */
rq_status rq_caffe_read_mean(rq_tensor *out, rq_arena *arena, const char *path);

#endif
