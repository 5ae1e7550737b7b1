/* Operation Specifications: CTCGreedyDecoder-1. Scores [T,N,C] and a mask [T,N] whose first 0 ends
 * a sequence; classes come out as floats [N,T,1,1] with -1 behind them. The blank is class C-1. */
#include "engine/ops/common/ctc_greedy.h"

typedef struct ctc_attrs {
    bool merge;
} ctc_attrs;

static const rq_attr_spec attrs_table[] = {
    {"ctc_merge_repeated", RQ_ATTR_BOOL, offsetof(ctc_attrs, merge), "true", NULL},
    RQ_ATTRS_END,
};

static rq_status infer(rq_infer *ctx)
{
    const rq_shape *in = &ctx->in[0].shape, *mask = &ctx->in[1].shape;
    RQ_TRY(rq_infer_arity(ctx, 2, 2));
    RQ_TRY(rq_infer_floats(ctx, 2));
    RQ_TRY(rq_infer_rank(ctx, 0, 3, 3));
    RQ_TRY(rq_infer_rank(ctx, 1, 2, 2));
    if (mask->d[0] != in->d[0] || mask->d[1] != in->d[1] || in->d[2] < 1) {
        char a[RQ_SHAPE_TEXT], b[RQ_SHAPE_TEXT];
        return rq_node_fail(ctx->node, RQ_EFORMAT, "a mask %s for scores %s",
                            rq_shape_text(mask, a), rq_shape_text(in, b));
    }
    ctx->out[0].dtype = ctx->in[0].dtype;
    ctx->out[0].shape = (rq_shape){4, {in->d[1], in->d[0], 1, 1}};
    return RQ_OK;
}

static rq_status run(rq_call *call)
{
    const ctc_attrs *a = call->attrs;
    const rq_shape *in = &call->in[0].shape;
    size_t steps = (size_t)in->d[0], batch = (size_t)in->d[1], classes = (size_t)in->d[2];
    const float *scores = call->in[0].data, *mask = call->in[1].data;
    float *out = call->out[0].data;
    for (size_t i = 0; i < steps * batch; i++) out[i] = -1.0f;
    for (size_t n = 0; n < batch; n++) {
        size_t length = 0;
        while (length < steps && mask[length * batch + n] != 0) length++;
        rq_ctc_greedy(&call->out[0], n * steps, scores + n * classes, length, batch * classes,
                      classes, (int64_t)classes - 1, a->merge);
    }
    return RQ_OK;
}

const rq_op rq_op_CTCGreedyDecoder = {
    .type = "CTCGreedyDecoder",
    .opsets = RQ_OPSET(1),
    .role = RQ_ROLE_FLOAT,
    .flags = RQ_OP_SELECTS,
    .attrs_size = sizeof(ctc_attrs),
    .attrs = attrs_table,
    .infer = infer,
    .run = run,
};
