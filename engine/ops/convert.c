/* Operation Specifications: Convert-1. */
#include "engine/ops/op.h"

typedef struct convert_attrs {
    rq_dtype type;
} convert_attrs;

static const rq_attr_spec attrs_table[] = {
    {"destination_type", RQ_ATTR_DTYPE, offsetof(convert_attrs, type), NULL, NULL},
    RQ_ATTRS_END,
};

static rq_status infer(rq_infer *ctx)
{
    const convert_attrs *a = ctx->attrs;
    RQ_TRY(rq_infer_arity(ctx, 1, 1));
    if (rq_dtype_bits(a->type) == 0 || rq_dtype_bits(ctx->in[0].dtype) == 0)
        return rq_node_fail(ctx->node, RQ_EUNSUPPORTED, "conversion from %s to %s is not possible",
                            rq_dtype_name(ctx->in[0].dtype), rq_dtype_name(a->type));
    ctx->out[0].dtype = a->type;
    ctx->out[0].shape = ctx->in[0].shape;
    return RQ_OK;
}

static rq_status run(rq_call *call)
{
    return rq_convert(call->out[0].data, call->out[0].dtype, call->in[0].data, call->in[0].dtype,
                      rq_tensor_count(&call->in[0]));
}

const rq_op rq_op_Convert = {
    .type = "Convert",
    .opsets = RQ_OPSET(1),
    .role = RQ_ROLE_FLOAT,
    .flags = RQ_OP_ANY_DTYPE | RQ_OP_EXACT_CONSTANTS,
    .attrs_size = sizeof(convert_attrs),
    .attrs = attrs_table,
    .infer = infer,
    .run = run,
};
