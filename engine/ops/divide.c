/* Operation Specifications: Divide-1. Integers: rounded down when m_pythondiv, else towards zero; 0
 * for a division by 0. */
#include "engine/ops/common/elementwise.h"

typedef struct divide_attrs {
    rq_broadcast_attrs broadcast; /* first: rq_binary_run reads it */
    bool python;
} divide_attrs;

static const char *const modes[] = {"numpy", "none", "pdpd", NULL};

static const rq_attr_spec attrs_table[] = {
    {"auto_broadcast", RQ_ATTR_ENUM, offsetof(divide_attrs, broadcast.mode), "numpy", modes},
    {"axis", RQ_ATTR_INT, offsetof(divide_attrs, broadcast.axis), "-1", NULL},
    {"m_pythondiv", RQ_ATTR_BOOL, offsetof(divide_attrs, python), "true", NULL},
    RQ_ATTRS_END,
};

RQ_BINARY_ROW(x / y)

static int64_t towards_zero(int64_t x, int64_t y)
{
    return y == 0 ? 0 : y == -1 ? (int64_t)(0 - (uint64_t)x) : x / y;
}

static int64_t downwards(int64_t x, int64_t y)
{
    int64_t q = towards_zero(x, y);
    return y != 0 && y != -1 && x % y != 0 && (x < 0) != (y < 0) ? q - 1 : q;
}

RQ_BINARY_INTEGERS(integers_towards_zero, towards_zero)
RQ_BINARY_INTEGERS(integers_downwards, downwards)

static rq_status run(rq_call *call)
{
    const divide_attrs *a = call->attrs;
    return rq_binary_run(call, row, a->python ? integers_downwards : integers_towards_zero);
}

const rq_op rq_op_Divide = {
    .type = "Divide",
    .opsets = RQ_OPSET(1),
    .role = RQ_ROLE_QUANTIZE,
    .flags = RQ_OP_INPLACE | RQ_OP_BINARY,
    .attrs_size = sizeof(divide_attrs),
    .attrs = attrs_table,
    .infer = rq_binary_infer,
    .run = run,
};
