/* What the files of ONNX's Resize share. */
#ifndef RQ_IMPORT_ONNX_ONNX_RESIZE_H
#define RQ_IMPORT_ONNX_ONNX_RESIZE_H

#include "engine/import/onnx/onnx_ops.h"

typedef struct rq_onnx_resizing {
    rq_id x, amount; /* sizes or scales of the axes */
    bool by_sizes;
    float scale; /* of all axes, where coordinates follow it and not sizes / dimensions; else 0 */
    int64_t axes[RQ_MAX_RANK];
    bool done[RQ_MAX_RANK]; /* axes that x has its new size of already */
    size_t n;
} rq_onnx_resizing;

/* Opset 18's policies keep_aspect_ratio_policy: makes `amount` the sizes or scales that keep the
 * image's proportions. False where it cannot (listed as unmapped) or memory is short. */
bool rq_onnx_resize_keep_proportions(rq_ir_builder *b, rq_onnx_resizing *r);

/* Resizes the axes whose nearest elements the IR's arithmetic, in float32, rounds otherwise than
 * ONNX Runtime, which takes what is nearly a half as one: picks their elements by constant indices.
 * Those of a common scale, too. */
void rq_onnx_resize_nearest_halves(rq_ir_builder *b, rq_onnx_resizing *r, const char *coordinates,
                                   const char *rounding);

/* Does the node ask for what the IR's Interpolate does not do: antialiased images, weights outside
 * the image left out, symmetric coordinates, corners aligned at a size that is no whole number, a
 * common scale? */
bool rq_onnx_resize_is_special(rq_ir_builder *b, const rq_onnx_resizing *r);

/* Linear and cubic resizing of any kind is a product with a constant matrix along each axis. What
 * it cannot do (nearest, sizes that are not known) it lists as unmapped: RQ_NONE. */
rq_id rq_onnx_resize_by_matrix(rq_ir_builder *b, const rq_onnx_resizing *r);

/* Any resizing, by indices and weights that the graph computes: sizes need not be known, and
 * coordinates are all that ONNX has. x must be of floats, unless elements are only picked. */
rq_id rq_onnx_resize_computed(rq_ir_builder *b, const rq_onnx_resizing *r);

#endif
