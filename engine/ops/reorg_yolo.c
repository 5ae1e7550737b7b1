/* Operation Specifications: ReorgYolo-1 (of opset2). Darknet's reorganisation of [N,C,H,W] into
 * [N,C*s*s,H/s,W/s]: the data is taken for [N,C/(s*s),H*s,W*s] and cut into s by s blocks. */
#include "engine/ops/common/strided_copy.h"

#include <inttypes.h>

typedef struct reorg_attrs {
    rq_ints stride;
} reorg_attrs;

static const rq_attr_spec attrs_table[] = {
    {"stride", RQ_ATTR_INTS, offsetof(reorg_attrs, stride), NULL, NULL},
    RQ_ATTRS_END,
};

static rq_status infer(rq_infer *ctx)
{
    const reorg_attrs *a = ctx->attrs;
    RQ_TRY(rq_infer_arity(ctx, 1, 1));
    RQ_TRY(rq_infer_rank(ctx, 0, 4, 4));
    RQ_TRY(rq_infer_whole_bytes(ctx, 0));
    RQ_TRY(rq_infer_same(ctx));
    rq_shape *shape = &ctx->out[0].shape;
    int64_t s = a->stride.n ? a->stride.v[0] : 0;
    if (s < 1 || s > INT32_MAX || shape->d[2] % s || shape->d[3] % s || shape->d[1] % (s * s))
        return rq_node_fail(ctx->node, RQ_EFORMAT,
                            "stride %" PRId64 " must divide the height and width, and its square "
                            "the channels",
                            s);
    shape->d[1] *= s * s;
    shape->d[2] /= s;
    shape->d[3] /= s;
    return RQ_OK;
}

static rq_status run(rq_call *call)
{
    const reorg_attrs *a = call->attrs;
    const rq_shape *in = &call->in[0].shape;
    int64_t s = a->stride.v[0], channels = in->d[1] / (s * s), width = in->d[3] * s;
    int64_t plane = in->d[2] * in->d[3] * s * s;
    int64_t dims[] = {in->d[0], s, s, channels, in->d[2], in->d[3]};
    int64_t strides[] = {channels * plane, width, 1, plane, width * s, s};
    rq_strided_copy_to_dense(call->out[0].data, call->in[0].data, 6, dims, strides,
                             rq_element_bytes(call->in[0].dtype));
    return RQ_OK;
}

const rq_op rq_op_ReorgYolo = {
    .type = "ReorgYolo",
    .opsets = RQ_OPSET(1) | RQ_OPSET(2),
    .role = RQ_ROLE_FLOAT,
    .flags = RQ_OP_ANY_DTYPE,
    .attrs_size = sizeof(reorg_attrs),
    .attrs = attrs_table,
    .infer = infer,
    .run = run,
};
