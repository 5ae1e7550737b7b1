/* Operation Specifications: Minimum-1: the smaller. */
#include "engine/ops/common/elementwise.h"

RQ_BINARY_ROW(x < y ? x : y)

static int64_t integer(int64_t x, int64_t y)
{
    return x < y ? x : y;
}

RQ_BINARY_INTEGERS(integers, integer)

static rq_status run(rq_call *call)
{
    return rq_binary_run(call, row, integers);
}

const rq_op rq_op_Minimum = {
    .type = "Minimum",
    .opsets = RQ_OPSET(1),
    .role = RQ_ROLE_QUANTIZE,
    .flags = RQ_OP_INPLACE | RQ_OP_BINARY,
    .attrs_size = sizeof(rq_broadcast_attrs),
    .attrs = rq_broadcast_specs,
    .infer = rq_binary_infer,
    .run = run,
};
