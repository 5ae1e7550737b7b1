/* Caffe's mean images: one blob in a file of its own. */
#include "engine/import/caffe/caffe.h"
#include "engine/import/caffe/caffe_layers.h"
#include "engine/import/proto.h"

#include "engine/base/file.h"

rq_status rq_caffe_read_mean(rq_tensor *out, rq_arena *arena, const char *path)
{
    rq_mapping file;
    const Caffe__BlobProto *blob;
    char text[RQ_SHAPE_TEXT];
    RQ_TRY(rq_map_file(&file, path));
    rq_status status =
        rq_proto_read(&blob, arena, &caffe__blob_proto__descriptor, file.data, file.size, path);
    rq_unmap_file(&file);
    if (status == RQ_OK) status = rq_caffe_read_blob(out, arena, blob, "mean", path);
    if (status != RQ_OK) return status;
    rq_shape *shape = &out->shape;
    if (shape->rank == 4 && shape->d[0] == 1) *shape = rq_shape_make(3, shape->d + 1);
    return shape->rank == 3 ? RQ_OK
                            : rq_fail(RQ_EFORMAT,
                                      "%s: a mean image of shape %s, expected channels, "
                                      "height and width",
                                      path, rq_shape_text(shape, text));
}
