/* What the files of ONNX's pooling share. Private to onnx_*.c. */
#ifndef RQ_IMPORT_ONNX_ONNX_POOL_H
#define RQ_IMPORT_ONNX_ONNX_POOL_H

#include "engine/import/onnx/onnx_ops.h"

typedef struct rq_onnx_pooling {
    rq_id x;
    rq_onnx_window window;
    int64_t kernel[RQ_MAX_RANK];
    bool ceil, dilated;
    bool late; /* with ceil, a window would begin behind the image: there is none */
} rq_onnx_pooling;

/* The node's attributes, for x [N, C, ...]. */
bool rq_onnx_read_pooling(rq_onnx_pooling *p, rq_ir_builder *b, rq_id x);
/* The IR's attributes of a pool, but for dilations. */
const char *rq_onnx_pooling_attrs(rq_ir_builder *b, const rq_onnx_pooling *p);
/* With ceil, would the last window of spatial axis i begin behind an image of shape x? */
bool rq_onnx_pooling_begins_late(const rq_onnx_pooling *p, const rq_shape *x, size_t i);
/* The axes from 2 on. */
rq_id rq_onnx_spatial_axes(rq_ir_builder *b, rq_id x);

#endif
