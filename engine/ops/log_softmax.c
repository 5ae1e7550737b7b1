/* Operation Specifications: LogSoftmax-5. */
#include "engine/ops/common/softmax.h"

static const rq_attr_spec attrs_table[] = {
    {"axis", RQ_ATTR_INT, offsetof(rq_softmax_attrs, axis), "1", NULL},
    RQ_ATTRS_END,
};

static rq_status run(rq_call *call)
{
    return rq_softmax_run(call, true);
}

const rq_op rq_op_LogSoftmax = {
    .type = "LogSoftmax",
    .opsets = RQ_OPSET(5),
    .role = RQ_ROLE_FLOAT,
    .flags = RQ_OP_INPLACE,
    .attrs_size = sizeof(rq_softmax_attrs),
    .attrs = attrs_table,
    .infer = rq_softmax_infer,
    .run = run,
};
