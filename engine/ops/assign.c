/* Operation Specifications: Assign-3, Assign-6: sets a variable for the inferences to come; the
 * output is the value. */
#include "engine/ops/common/variable.h"

typedef struct assign_attrs {
    const char *id;
} assign_attrs;

static const rq_attr_spec attrs_table[] = {
    {"variable_id", RQ_ATTR_STRING, offsetof(assign_attrs, id), NULL, NULL},
    RQ_ATTRS_END,
};

static rq_status infer(rq_infer *ctx)
{
    RQ_TRY(rq_infer_arity(ctx, 1, 1));
    if (ctx->n_out == 0) return RQ_OK;
    return rq_infer_same(ctx);
}

static rq_status run(rq_call *call)
{
    const assign_attrs *a = call->attrs;
    RQ_TRY(call->services->write_variable(call, a->id, &call->in[0]));
    return call->n_out ? rq_variable_copy(call, &call->in[0]) : RQ_OK;
}

const rq_op rq_op_Assign = {
    .type = "Assign",
    .opsets = RQ_OPSET(3) | RQ_OPSET(6),
    .role = RQ_ROLE_FLOAT,
    .flags = RQ_OP_ANY_DTYPE | RQ_OP_NO_FOLD,
    .attrs_size = sizeof(assign_attrs),
    .attrs = attrs_table,
    .infer = infer,
    .run = run,
};
