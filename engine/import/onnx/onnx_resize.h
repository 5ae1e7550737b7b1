/* What the files of ONNX's Resize share. */
#ifndef RQ_IMPORT_ONNX_ONNX_RESIZE_H
#define RQ_IMPORT_ONNX_ONNX_RESIZE_H

#include "engine/import/onnx/onnx_ops.h"

typedef struct rq_onnx_resizing {
    rq_id x, amount; /* sizes or scales of the axes */
    bool by_sizes;
    int64_t axes[RQ_MAX_RANK];
    bool done[RQ_MAX_RANK]; /* axes that x has its new size of already */
    size_t n;
} rq_onnx_resizing;

/* Resizes the axes whose nearest elements the IR's arithmetic, in float32, rounds otherwise than
 * ONNX Runtime, which takes what is nearly a half as one: picks their elements by constant indices.
 */
void rq_onnx_resize_nearest_halves(rq_ir_builder *b, rq_onnx_resizing *r, const char *coordinates,
                                   const char *rounding);

/* Does the node ask for what the IR's Interpolate does not do: antialiased images, weights outside
 * the image left out, symmetric coordinates, corners aligned at a size that is no whole number? */
bool rq_onnx_resize_is_special(rq_ir_builder *b, const rq_onnx_resizing *r);

/* Linear and cubic resizing of any kind is a product with a constant matrix along each axis: sets
 * output 0 to that. What it cannot do (nearest, sizes that are not known) it lists as unmapped. */
void rq_onnx_resize_by_matrix(rq_ir_builder *b, const rq_onnx_resizing *r);

#endif
