/* Operation Specifications: Power-1: x to the power y. */
#include "engine/ops/common/elementwise.h"

static void row(float *out, const float *a, const float *b, size_t n)
{
    for (size_t i = 0; i < n; i++) out[i] = powf(a[i], b[i]);
}

static int64_t integer(int64_t x, int64_t y)
{
    double power = pow((double)x, (double)y);
    return power >= -0x1p63 && power < 0x1p63 ? (int64_t)power : INT64_MIN; /* as x86 converts */
}

RQ_BINARY_INTEGERS(integers, integer)

static rq_status run(rq_call *call)
{
    return rq_binary_run(call, row, integers);
}

const rq_op rq_op_Power = {
    .type = "Power",
    .opsets = RQ_OPSET(1),
    .role = RQ_ROLE_QUANTIZE,
    .flags = RQ_OP_INPLACE | RQ_OP_BINARY,
    .attrs_size = sizeof(rq_broadcast_attrs),
    .attrs = rq_broadcast_specs,
    .infer = rq_binary_infer,
    .run = run,
};
