/* Operation Specifications: ReduceMin-1: the smallest. */
#include "engine/ops/common/reduce.h"

#include <math.h>

RQ_REDUCTION(x < sum ? x : sum)

static rq_status run(rq_call *call)
{
    static const rq_reduction reduction = {INFINITY, reduce_f32, reduce_f64, NULL};
    return rq_reduce_run(call, &reduction);
}

const rq_op rq_op_ReduceMin = {
    .type = "ReduceMin",
    .opsets = RQ_OPSET(1),
    .role = RQ_ROLE_FLOAT,
    .attrs_size = sizeof(rq_reduce_attrs),
    .attrs = rq_reduce_specs,
    .infer = rq_reduce_infer,
    .run = run,
};
