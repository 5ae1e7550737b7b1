/* Operation Specifications: Round-5. */
#include "engine/ops/common/elementwise.h"

enum { HALF_TO_EVEN, HALF_AWAY_FROM_ZERO };

typedef struct round_attrs {
    int mode;
} round_attrs;

static const char *const modes[] = {"half_to_even", "half_away_from_zero", NULL};

static const rq_attr_spec attrs_table[] = {
    {"mode", RQ_ATTR_ENUM, offsetof(round_attrs, mode), "half_to_even", modes},
    RQ_ATTRS_END,
};

static void row_even(float *out, const float *in, size_t n)
{
    for (size_t i = 0; i < n; i++) out[i] = nearbyintf(in[i]);
}

static void row_away(float *out, const float *in, size_t n)
{
    for (size_t i = 0; i < n; i++) out[i] = roundf(in[i]);
}

static int64_t integer(int64_t x)
{
    return x;
}

RQ_UNARY_INTEGERS(integers, integer)

static rq_status run(rq_call *call)
{
    const round_attrs *a = call->attrs;
    return rq_unary_run(call, a->mode == HALF_TO_EVEN ? row_even : row_away, integers);
}

const rq_op rq_op_Round = {
    .type = "Round",
    .opsets = RQ_OPSET(5),
    .role = RQ_ROLE_FLOAT,
    .flags = RQ_OP_INPLACE,
    .attrs_size = sizeof(round_attrs),
    .attrs = attrs_table,
    .infer = rq_unary_infer,
    .run = run,
};
