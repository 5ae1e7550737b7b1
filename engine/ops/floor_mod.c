/* Operation Specifications: FloorMod-1: remainder with the sign of y; 0 for an integer division by
 * 0. */
#include "engine/ops/common/elementwise.h"

RQ_BINARY_ROW(x - y * floorf(x / y))

static int64_t integer(int64_t x, int64_t y)
{
    if (y == 0 || y == -1) return 0;
    int64_t r = x % y;
    return r != 0 && (r < 0) != (y < 0) ? r + y : r;
}

RQ_BINARY_INTEGERS(integers, integer)

static rq_status run(rq_call *call)
{
    return rq_binary_run(call, row, integers);
}

const rq_op rq_op_FloorMod = {
    .type = "FloorMod",
    .opsets = RQ_OPSET(1),
    .role = RQ_ROLE_QUANTIZE,
    .flags = RQ_OP_INPLACE | RQ_OP_BINARY,
    .attrs_size = sizeof(rq_broadcast_attrs),
    .attrs = rq_broadcast_specs,
    .infer = rq_binary_infer,
    .run = run,
};
