/* Linear maps along one axis: what resizes that the IR's Interpolate lacks become. */
#ifndef RQ_IMPORT_AXIS_PRODUCT_H
#define RQ_IMPORT_AXIS_PRODUCT_H

#include "engine/import/ir_builder.h"

/* Constant weights [out, in]: `fill` gives row i, in which all is 0 before. */
typedef struct rq_axis_rows {
    void (*fill)(float *row, const void *ctx, int64_t i);
    const void *ctx;
    int64_t out, in;
} rq_axis_rows;

/* Axis `at` of x replaced by its product with the weights. The rank of x must be known. */
rq_id rq_emit_axis_product(rq_ir_builder *b, rq_id x, const rq_axis_rows *rows, int64_t at);

/* The same of weights [out, in] that the graph computes, of x's type. */
rq_id rq_emit_axis_matrix(rq_ir_builder *b, rq_id x, rq_id weights, int64_t at);

#endif
