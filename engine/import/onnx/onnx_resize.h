/* What the two files of ONNX's Resize share. */
#ifndef RQ_IMPORT_ONNX_ONNX_RESIZE_H
#define RQ_IMPORT_ONNX_ONNX_RESIZE_H

#include "engine/import/onnx/onnx_ops.h"

typedef struct rq_onnx_resizing {
    rq_id x, amount; /* sizes or scales of the axes */
    bool by_sizes;
    int64_t axes[RQ_MAX_RANK];
    size_t n;
} rq_onnx_resizing;

/* Does the node ask for what the IR's Interpolate does not do: antialiased images, weights outside
 * the image left out, symmetric coordinates, corners aligned at a size that is no whole number? */
bool rq_onnx_resize_is_special(rq_ir_builder *b, const rq_onnx_resizing *r);

/* Linear and cubic resizing of any kind is a product with a constant matrix along each axis: sets
 * output 0 to that. What it cannot do (nearest, sizes that are not known) it lists as unmapped. */
void rq_onnx_resize_by_matrix(rq_ir_builder *b, const rq_onnx_resizing *r);

#endif
