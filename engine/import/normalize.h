/* What several frameworks' normalizations are in the IR. */
#ifndef RQ_IMPORT_NORMALIZE_H
#define RQ_IMPORT_NORMALIZE_H

#include "engine/import/ir_builder.h"

/* gamma * (x - mean) / sqrt(variance + epsilon) + beta for x [N, C, ...] and rows [C], as one
 * factor and one summand per channel, which fuse into a convolution. gamma and beta may be
 * RQ_NONE: 1 and 0. */
rq_id rq_emit_normalize_channels(rq_ir_builder *b, rq_id x, rq_id gamma, rq_id beta, rq_id mean,
                                 rq_id variance, double epsilon);

/* All axes of x [N, C, ...] but the channels': what a batch's own mean and variance are over. */
rq_id rq_emit_batch_axes(rq_ir_builder *b, rq_id x);
/* (x - mean) / sqrt(variance + epsilon) by x's own mean and variance over the axes. */
rq_id rq_emit_mvn(rq_ir_builder *b, rq_id x, rq_id axes, double epsilon);

/* x / (bias + alpha / size * sum of `size` squares around each element along the axes)^beta, of an
 * odd size. */
typedef struct rq_lrn {
    double alpha, beta, bias;
    int64_t size;
} rq_lrn;
rq_id rq_emit_lrn(rq_ir_builder *b, rq_id x, rq_id axes, const rq_lrn *lrn);

#endif
