/* Operation Specifications: Mod-1: remainder with the sign of x; 0 for an integer division by 0. */
#include "engine/ops/common/elementwise.h"

static void row(float *out, const float *a, const float *b, size_t n)
{
    for (size_t i = 0; i < n; i++) out[i] = fmodf(a[i], b[i]);
}

static int64_t integer(int64_t x, int64_t y)
{
    return y == 0 || y == -1 ? 0 : x % y;
}

RQ_BINARY_INTEGERS(integers, integer)

static rq_status run(rq_call *call)
{
    return rq_binary_run(call, row, integers);
}

const rq_op rq_op_Mod = {
    .type = "Mod",
    .opsets = RQ_OPSET(1),
    .role = RQ_ROLE_FLOAT,
    .flags = RQ_OP_INPLACE | RQ_OP_BINARY,
    .attrs_size = sizeof(rq_broadcast_attrs),
    .attrs = rq_broadcast_specs,
    .infer = rq_binary_infer,
    .run = run,
};
