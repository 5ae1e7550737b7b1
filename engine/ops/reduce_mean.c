/* Operation Specifications: ReduceMean-1: the mean. */
#include "engine/ops/common/reduce.h"

#include <math.h>

RQ_REDUCTION(sum + x)

static double finish(double sum, size_t n)
{
    return n ? sum / (double)n : NAN;
}

static rq_status run(rq_call *call)
{
    static const rq_reduction reduction = {0.0, reduce_f32, reduce_f64, finish};
    return rq_reduce_run(call, &reduction);
}

const rq_op rq_op_ReduceMean = {
    .type = "ReduceMean",
    .opsets = RQ_OPSET(1),
    .role = RQ_ROLE_QUANTIZE,
    .attrs_size = sizeof(rq_reduce_attrs),
    .attrs = rq_reduce_specs,
    .infer = rq_reduce_infer,
    .run = run,
};
