/* Operation Specifications: Reshape-1. */
#include "engine/ops/common/strided_copy.h"

#include <inttypes.h>

typedef struct reshape_attrs {
    bool special_zero;
} reshape_attrs;

static const rq_attr_spec attrs_table[] = {
    {"special_zero", RQ_ATTR_BOOL, offsetof(reshape_attrs, special_zero), "false", NULL},
    RQ_ATTRS_END,
};

/* Copies dims the pattern marks with 0; *wildcard is the place of -1, or -1. */
static rq_status read_pattern(const rq_infer *ctx, rq_shape *shape, int *wildcard)
{
    const reshape_attrs *a = ctx->attrs;
    const rq_shape *in = &ctx->in[0].shape;
    size_t n;
    RQ_TRY(rq_tensor_ints(ctx->node, &ctx->in[1], shape->d, RQ_MAX_RANK, &n));
    shape->rank = (int)n;
    *wildcard = -1;
    for (int i = 0; i < shape->rank; i++) {
        if (shape->d[i] == 0 && a->special_zero) {
            if (i >= in->rank)
                return rq_node_fail(ctx->node, RQ_EFORMAT,
                                    "the pattern copies dimension %d of an input of rank %d", i,
                                    in->rank);
            shape->d[i] = in->d[i];
        } else if (shape->d[i] == -1 && *wildcard < 0) {
            *wildcard = i;
            shape->d[i] = 1;
        } else if (shape->d[i] < 0) {
            return rq_node_fail(ctx->node, RQ_EFORMAT,
                                "pattern entry %" PRId64 ", expected 0 or more, and at most one -1",
                                shape->d[i]);
        }
    }
    return rq_shape_check(shape, false, ctx->node->name);
}

static rq_status infer(rq_infer *ctx)
{
    RQ_TRY(rq_infer_arity(ctx, 2, 2));
    ctx->out[0].dtype = ctx->in[0].dtype;
    if (!rq_infer_known(ctx, 1)) return rq_infer_defer(ctx);
    rq_shape shape;
    int wildcard;
    RQ_TRY(read_pattern(ctx, &shape, &wildcard));
    size_t have = rq_tensor_count(&ctx->in[0]), want = rq_shape_count(&shape);
    if (wildcard >= 0 && want > 0 && have % want == 0) {
        shape.d[wildcard] = (int64_t)(have / want);
        want = have;
    }
    if (wildcard >= 0 && want == 0) shape.d[wildcard] = 0;
    if (have != want) {
        char from[RQ_SHAPE_TEXT], to[RQ_SHAPE_TEXT];
        if (wildcard >= 0) shape.d[wildcard] = RQ_DYNAMIC;
        return rq_node_fail(ctx->node, RQ_EFORMAT, "cannot reshape %s to %s",
                            rq_shape_text(&ctx->in[0].shape, from), rq_shape_text(&shape, to));
    }
    ctx->out[0].shape = shape;
    return RQ_OK;
}

const rq_op rq_op_Reshape = {
    .type = "Reshape",
    .opsets = RQ_OPSET(1),
    .role = RQ_ROLE_PASS,
    .flags = RQ_OP_ANY_DTYPE | RQ_OP_VIEW,
    .attrs_size = sizeof(reshape_attrs),
    .attrs = attrs_table,
    .infer = infer,
};
