/* Operation Specifications: ShuffleChannels-1. */
#include "engine/ops/common/strided_copy.h"

#include <inttypes.h>

typedef struct shuffle_attrs {
    int64_t axis, group;
} shuffle_attrs;

static const rq_attr_spec attrs_table[] = {
    {"axis", RQ_ATTR_INT, offsetof(shuffle_attrs, axis), "1", NULL},
    {"group", RQ_ATTR_INT, offsetof(shuffle_attrs, group), "1", NULL},
    RQ_ATTRS_END,
};

static rq_status infer(rq_infer *ctx)
{
    const shuffle_attrs *a = ctx->attrs;
    int axis;
    RQ_TRY(rq_infer_arity(ctx, 1, 1));
    RQ_TRY(rq_infer_rank(ctx, 0, 1, RQ_MAX_RANK));
    RQ_TRY(rq_infer_whole_bytes(ctx, 0));
    RQ_TRY(rq_node_axis(ctx->node, &axis, a->axis, ctx->in[0].shape.rank));
    if (a->group < 1 || ctx->in[0].shape.d[axis] % a->group)
        return rq_node_fail(ctx->node, RQ_EFORMAT,
                            "group %" PRId64 ", expected a divisor of %" PRId64, a->group,
                            ctx->in[0].shape.d[axis]);
    return rq_infer_same(ctx);
}

/* [outer, group, C / group, inner] to [outer, C / group, group, inner]. */
static rq_status run(rq_call *call)
{
    const shuffle_attrs *a = call->attrs;
    const rq_shape *in = &call->in[0].shape;
    int axis;
    RQ_TRY(rq_node_axis(call->node, &axis, a->axis, in->rank));
    int64_t inner = (int64_t)rq_shape_span(in, axis + 1, in->rank), c = in->d[axis];
    int64_t dims[] = {(int64_t)rq_shape_span(in, 0, axis), c / a->group, a->group, inner};
    int64_t strides[] = {c * inner, inner, c / a->group * inner, 1};
    rq_strided_copy_to_dense(call->out[0].data, call->in[0].data, 4, dims, strides,
                             rq_element_bytes(call->in[0].dtype));
    return RQ_OK;
}

const rq_op rq_op_ShuffleChannels = {
    .type = "ShuffleChannels",
    .opsets = RQ_OPSET(1),
    .role = RQ_ROLE_PASS,
    .flags = RQ_OP_ANY_DTYPE | RQ_OP_MOVES,
    .attrs_size = sizeof(shuffle_attrs),
    .attrs = attrs_table,
    .infer = infer,
    .run = run,
};
