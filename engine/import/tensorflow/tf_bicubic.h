/* ResizeBicubic. */
#ifndef RQ_IMPORT_TENSORFLOW_TF_BICUBIC_H
#define RQ_IMPORT_TENSORFLOW_TF_BICUBIC_H

#include "engine/import/tensorflow/tf_layout.h"

/* The image x [N, C, H, W], f32, of the node's size [H, W]; RQ_NONE where a size is not known. */
rq_id rq_tf_resize_bicubic(rq_ir_builder *b, rq_id x);

#endif
