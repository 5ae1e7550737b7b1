/* Operation Specifications: ShapeOf-1, ShapeOf-3. */
#include "engine/ops/op.h"

typedef struct shape_of_attrs {
    rq_dtype output_type;
} shape_of_attrs;

static const rq_attr_spec attrs_table[] = {
    {"output_type", RQ_ATTR_DTYPE, offsetof(shape_of_attrs, output_type), "i64", NULL},
    RQ_ATTRS_END,
};

static rq_status infer(rq_infer *ctx)
{
    const shape_of_attrs *a = ctx->attrs;
    RQ_TRY(rq_infer_arity(ctx, 1, 1));
    RQ_TRY(rq_infer_index_type(ctx, "output_type", a->output_type));
    ctx->out[0].dtype = a->output_type;
    ctx->out[0].shape = (rq_shape){1, {ctx->in[0].shape.rank}};
    return RQ_OK;
}

static rq_status run(rq_call *call)
{
    const rq_shape *in = &call->in[0].shape;
    for (int i = 0; i < in->rank; i++)
        rq_store_i64(call->out[0].data, call->out[0].dtype, (size_t)i, in->d[i]);
    return RQ_OK;
}

const rq_op rq_op_ShapeOf = {
    .type = "ShapeOf",
    .opsets = RQ_OPSET(1) | RQ_OPSET(3),
    .role = RQ_ROLE_SHAPE,
    .flags = RQ_OP_ANY_DTYPE,
    .attrs_size = sizeof(shape_of_attrs),
    .attrs = attrs_table,
    .infer = infer,
    .run = run,
};
