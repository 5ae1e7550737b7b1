/* What SoftMax and LogSoftmax share: axes of attributes, and walking along one axis. */
#ifndef RQ_OPS_COMMON_SOFTMAX_H
#define RQ_OPS_COMMON_SOFTMAX_H

#include "engine/ops/op.h"

typedef struct rq_softmax_attrs {
    int64_t axis;
} rq_softmax_attrs;

rq_status rq_softmax_infer(rq_infer *ctx);
/* Along the axis: out = e^(x - max) / sum, or x - max - ln sum when `logarithm`. */
rq_status rq_softmax_run(rq_call *call, bool logarithm);

#endif
