/* What Split and VariadicSplit share. */
#ifndef RQ_OPS_COMMON_SPLIT_PARTS_H
#define RQ_OPS_COMMON_SPLIT_PARTS_H

#include "engine/ops/op.h"

/* The axis of input 1, non-negative. */
rq_status rq_split_axis(const rq_node *node, const rq_tensor *in, int *axis);
/* Input 0 cut into the outputs along the axis of input 1, by the outputs' own shapes. */
rq_status rq_split_run(rq_call *call);

#endif
