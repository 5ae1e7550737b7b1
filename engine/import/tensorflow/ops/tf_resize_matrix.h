/* ResizeBicubic and ResizeArea. */
#ifndef RQ_IMPORT_TENSORFLOW_TF_RESIZE_MATRIX_H
#define RQ_IMPORT_TENSORFLOW_TF_RESIZE_MATRIX_H

#include "engine/import/tensorflow/ops/tf_layout.h"

/* The image x [N, C, H, W], f32, of the node's size [H, W], by products with matrices: bicubic, or
 * means of areas; RQ_NONE where a size is not known. */
rq_id rq_tf_resize_by_matrix(rq_ir_builder *b, rq_id x, bool area);

#endif
