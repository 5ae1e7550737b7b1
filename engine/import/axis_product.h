/* Linear maps along one axis: what resizes that the IR's Interpolate lacks become. */
#ifndef RQ_IMPORT_AXIS_PRODUCT_H
#define RQ_IMPORT_AXIS_PRODUCT_H

#include "engine/import/ir_builder.h"

/* Axis `at` of x replaced by its product with weights [out, in], a constant row by row, borrowed
 * until the graph is written. The rank of x must be known. */
rq_id rq_emit_axis_product(rq_ir_builder *b, rq_id x, const float *weights, int64_t out, int64_t in,
                           int64_t at);

/* The same of weights [out, in] that the graph computes, of x's type. */
rq_id rq_emit_axis_matrix(rq_ir_builder *b, rq_id x, rq_id weights, int64_t at);

#endif
