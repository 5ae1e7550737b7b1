/* Operation Specifications: ReduceL1-4: the sum of magnitudes. */
#include "engine/ops/common/reduce.h"

#include <math.h>

RQ_REDUCTION(sum + fabs(x))

static rq_status run(rq_call *call)
{
    static const rq_reduction reduction = {0.0, reduce_f32, reduce_f64, NULL};
    return rq_reduce_run(call, &reduction);
}

const rq_op rq_op_ReduceL1 = {
    .type = "ReduceL1",
    .opsets = RQ_OPSET(4),
    .role = RQ_ROLE_FLOAT,
    .attrs_size = sizeof(rq_reduce_attrs),
    .attrs = rq_reduce_specs,
    .infer = rq_reduce_infer,
    .run = run,
};
