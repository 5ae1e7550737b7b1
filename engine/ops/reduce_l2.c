/* Operation Specifications: ReduceL2-4: the root of the sum of squares. */
#include "engine/ops/common/reduce.h"

#include <math.h>

RQ_REDUCTION(sum + x * x)

static double finish(double sum, size_t n)
{
    (void)n;
    return sqrt(sum);
}

static rq_status run(rq_call *call)
{
    static const rq_reduction reduction = {0.0, reduce_f32, reduce_f64, finish};
    return rq_reduce_run(call, &reduction);
}

const rq_op rq_op_ReduceL2 = {
    .type = "ReduceL2",
    .opsets = RQ_OPSET(4),
    .role = RQ_ROLE_QUANTIZE,
    .attrs_size = sizeof(rq_reduce_attrs),
    .attrs = rq_reduce_specs,
    .infer = rq_reduce_infer,
    .run = run,
};
