/* Operation Specifications: Squeeze-1, Squeeze-15. */
#include "engine/ops/common/strided_copy.h"

#include <inttypes.h>

typedef struct squeeze_attrs {
    bool allow_axis_skip;
} squeeze_attrs;

static const rq_attr_spec attrs_table[] = {
    {"allow_axis_skip", RQ_ATTR_BOOL, offsetof(squeeze_attrs, allow_axis_skip), "false", NULL},
    RQ_ATTRS_END,
};

/* Bit i: dimension i is taken out. */
static rq_status read_axes(const rq_infer *ctx, unsigned *squeezed)
{
    const squeeze_attrs *a = ctx->attrs;
    const rq_shape *in = &ctx->in[0].shape;
    int64_t axes[RQ_MAX_RANK];
    size_t n;
    RQ_TRY(rq_tensor_ints(ctx->node, &ctx->in[1], axes, RQ_MAX_RANK, &n));
    for (size_t i = 0; i < n; i++) {
        int axis;
        RQ_TRY(rq_node_axis(ctx->node, &axis, axes[i], in->rank));
        if (in->d[axis] == 1)
            *squeezed |= 1u << axis;
        else if (!a->allow_axis_skip)
            return rq_node_fail(ctx->node, RQ_EFORMAT, "dimension %d is %" PRId64 ", expected 1",
                                axis, in->d[axis]);
    }
    return RQ_OK;
}

static rq_status infer(rq_infer *ctx)
{
    RQ_TRY(rq_infer_arity(ctx, 1, 2));
    const rq_shape *in = &ctx->in[0].shape;
    ctx->out[0].dtype = ctx->in[0].dtype;
    if (!rq_infer_known(ctx, 1)) return rq_infer_defer(ctx);
    unsigned squeezed = 0;
    bool given = rq_input_given(ctx->in, ctx->n_in, 1) && rq_tensor_count(&ctx->in[1]) > 0;
    if (given) RQ_TRY(read_axes(ctx, &squeezed));
    rq_shape shape = {0};
    for (int i = 0; i < in->rank; i++) {
        bool taken = given ? squeezed >> i & 1 : in->d[i] == 1;
        if (!taken) shape.d[shape.rank++] = in->d[i];
    }
    ctx->out[0].shape = shape;
    return RQ_OK;
}

const rq_op rq_op_Squeeze = {
    .type = "Squeeze",
    .opsets = RQ_OPSET(1) | RQ_OPSET(15),
    .role = RQ_ROLE_PASS,
    .flags = RQ_OP_ANY_DTYPE | RQ_OP_VIEW,
    .attrs_size = sizeof(squeeze_attrs),
    .attrs = attrs_table,
    .infer = infer,
};
