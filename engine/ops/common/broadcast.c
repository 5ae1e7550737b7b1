/* Operation Specifications: Broadcast-1, Broadcast-3. */
#include "engine/ops/common/strided_copy.h"

typedef enum broadcast_mode { NONE, EXPLICIT, NUMPY, PDPD, BIDIRECTIONAL } broadcast_mode;

typedef struct broadcast_attrs {
    int mode;
    int64_t axis; /* of pdpd: where input 0 starts; -1: aligned at the end */
} broadcast_attrs;

static const char *const modes[] = {"none", "explicit", "numpy", "pdpd", "bidirectional", NULL};

static const rq_attr_spec attrs_table[] = {
    {"mode", RQ_ATTR_ENUM, offsetof(broadcast_attrs, mode), "numpy", modes},
    {"axis", RQ_ATTR_INT, offsetof(broadcast_attrs, axis), "-1", NULL},
    RQ_ATTRS_END,
};

static bool is_explicit(const broadcast_attrs *a)
{
    return a->mode == NONE || a->mode == EXPLICIT;
}

static rq_status bad_target(const rq_infer *ctx, const rq_shape *target)
{
    char from[RQ_SHAPE_TEXT], to[RQ_SHAPE_TEXT];
    return rq_node_fail(ctx->node, RQ_EFORMAT, "cannot broadcast %s to %s",
                        rq_shape_text(&ctx->in[0].shape, from), rq_shape_text(target, to));
}

/* map[i]: the output dimension that input dimension i is. */
static rq_status map_axes(const rq_infer *ctx, const rq_shape *out, int map[RQ_MAX_RANK])
{
    const broadcast_attrs *a = ctx->attrs;
    const rq_shape *in = &ctx->in[0].shape;
    int start = a->mode == PDPD && a->axis >= 0 ? (int)a->axis : out->rank - in->rank;
    if (!is_explicit(a)) {
        if (start < 0 || start + in->rank > out->rank) return bad_target(ctx, out);
        for (int i = 0; i < in->rank; i++) map[i] = start + i;
        return RQ_OK;
    }
    int n;
    if (!rq_input_given(ctx->in, ctx->n_in, 2))
        return rq_node_fail(ctx->node, RQ_EFORMAT, "mode explicit needs an axes mapping");
    RQ_TRY(rq_node_axes(ctx->node, map, &n, &ctx->in[2], out->rank));
    if (n == in->rank) return RQ_OK;
    if (in->rank == 1 && in->d[0] == 1 && n == 0) { /* a scalar, so to say */
        map[0] = out->rank - 1;
        return out->rank > 0 ? RQ_OK : bad_target(ctx, out);
    }
    return rq_node_fail(ctx->node, RQ_EFORMAT, "the axes mapping has %d entries, expected %d", n,
                        in->rank);
}

static rq_status check_fit(const rq_infer *ctx, const rq_shape *out)
{
    const rq_shape *in = &ctx->in[0].shape;
    int map[RQ_MAX_RANK];
    RQ_TRY(map_axes(ctx, out, map));
    for (int i = 0; i < in->rank; i++)
        if (in->d[i] != 1 && in->d[i] != out->d[map[i]]) return bad_target(ctx, out);
    return RQ_OK;
}

static rq_status infer(rq_infer *ctx)
{
    const broadcast_attrs *a = ctx->attrs;
    RQ_TRY(rq_infer_arity(ctx, 2, 3));
    RQ_TRY(rq_infer_whole_bytes(ctx, 0));
    ctx->out[0].dtype = ctx->in[0].dtype;
    if (!rq_infer_known(ctx, 1) || !rq_infer_known(ctx, 2)) return rq_infer_defer(ctx);
    rq_shape target = {0};
    size_t n;
    RQ_TRY(rq_tensor_ints(ctx->node, &ctx->in[1], target.d, RQ_MAX_RANK, &n));
    target.rank = (int)n;
    RQ_TRY(rq_shape_check(&target, false, ctx->node->name));
    if (a->mode == BIDIRECTIONAL)
        RQ_TRY(rq_shape_broadcast(ctx->node, &target, &ctx->in[0].shape, &target));
    ctx->out[0].shape = target;
    return check_fit(ctx, &target);
}

static rq_status run(rq_call *call)
{
    const rq_shape *in = &call->in[0].shape, *out = &call->out[0].shape;
    rq_infer ctx = {.node = call->node,
                    .op = call->op,
                    .attrs = call->attrs,
                    .n_in = call->n_in,
                    .in = call->in};
    int map[RQ_MAX_RANK];
    int64_t strides[RQ_MAX_RANK], repeated[RQ_MAX_RANK] = {0};
    RQ_TRY(map_axes(&ctx, out, map));
    rq_shape_strides(in, strides);
    for (int i = 0; i < in->rank; i++) repeated[map[i]] = in->d[i] == 1 ? 0 : strides[i];
    rq_strided_copy_to_dense(call->out[0].data, call->in[0].data, out->rank, out->d, repeated,
                             rq_element_bytes(call->in[0].dtype));
    return RQ_OK;
}

const rq_op rq_op_Broadcast = {
    .type = "Broadcast",
    .opsets = RQ_OPSET(1) | RQ_OPSET(3),
    .role = RQ_ROLE_PASS,
    .flags = RQ_OP_ANY_DTYPE | RQ_OP_MOVES,
    .attrs_size = sizeof(broadcast_attrs),
    .attrs = attrs_table,
    .infer = infer,
    .run = run,
};
