/* Operation Specifications: CTCGreedyDecoderSeqLen-6. Scores [N,T,C] and lengths [N]; outputs are
 * the classes [N,T], -1 behind them, and how many there are [N]. */
#include "engine/ops/common/ctc_greedy.h"

#include <inttypes.h>

typedef struct ctc_attrs {
    bool merge;
    rq_dtype classes_type, length_type;
} ctc_attrs;

static const rq_attr_spec attrs_table[] = {
    {"merge_repeated", RQ_ATTR_BOOL, offsetof(ctc_attrs, merge), "true", NULL},
    {"classes_index_type", RQ_ATTR_DTYPE, offsetof(ctc_attrs, classes_type), "i32", NULL},
    {"sequence_length_type", RQ_ATTR_DTYPE, offsetof(ctc_attrs, length_type), "i32", NULL},
    RQ_ATTRS_END,
};

static rq_status infer(rq_infer *ctx)
{
    const ctc_attrs *a = ctx->attrs;
    const rq_shape *in = &ctx->in[0].shape;
    RQ_TRY(rq_infer_arity(ctx, 2, 3));
    RQ_TRY(rq_infer_floats(ctx, 1));
    RQ_TRY(rq_infer_rank(ctx, 0, 3, 3));
    RQ_TRY(rq_infer_rank(ctx, 1, 1, 1));
    if (ctx->in[1].shape.d[0] != in->d[0] || in->d[2] < 1)
        return rq_node_fail(ctx->node, RQ_EFORMAT,
                            "%" PRId64 " lengths for %" PRId64 " sequences of %" PRId64 " classes",
                            ctx->in[1].shape.d[0], in->d[0], in->d[2]);
    if (ctx->n_out != 2 || !rq_is_index_type(a->classes_type) || !rq_is_index_type(a->length_type))
        return rq_node_fail(ctx->node, RQ_EFORMAT, "%u outputs of types %s and %s", ctx->n_out,
                            rq_dtype_name(a->classes_type), rq_dtype_name(a->length_type));
    ctx->out[0].dtype = a->classes_type;
    ctx->out[0].shape = (rq_shape){2, {in->d[0], in->d[1]}};
    ctx->out[1].dtype = a->length_type;
    ctx->out[1].shape = (rq_shape){1, {in->d[0]}};
    return RQ_OK;
}

static rq_status run(rq_call *call)
{
    const ctc_attrs *a = call->attrs;
    const rq_shape *in = &call->in[0].shape;
    size_t steps = (size_t)in->d[1], classes = (size_t)in->d[2];
    int64_t blank = in->d[2] - 1;
    rq_tensor *out = call->out;
    if (rq_input_given(call->in, call->n_in, 2))
        RQ_TRY(rq_tensor_int(call->node, &call->in[2], &blank));
    for (size_t i = 0; i < rq_tensor_count(&out[0]); i++)
        rq_store_i64(out[0].data, out[0].dtype, i, -1);
    for (size_t n = 0; n < (size_t)in->d[0]; n++) {
        int64_t length = rq_load_i64(call->in[1].data, call->in[1].dtype, n);
        if (length < 0 || length > in->d[1])
            return rq_node_fail(call->node, RQ_EARG, "length %" PRId64 ", expected 0 to %" PRId64,
                                length, in->d[1]);
        size_t count =
            rq_ctc_greedy(&out[0], n * steps, (const float *)call->in[0].data + n * steps * classes,
                          (size_t)length, classes, classes, blank, a->merge);
        rq_store_i64(out[1].data, out[1].dtype, n, (int64_t)count);
    }
    return RQ_OK;
}

const rq_op rq_op_CTCGreedyDecoderSeqLen = {
    .type = "CTCGreedyDecoderSeqLen",
    .opsets = RQ_OPSET(6),
    .role = RQ_ROLE_FLOAT,
    .attrs_size = sizeof(ctc_attrs),
    .attrs = attrs_table,
    .infer = infer,
    .run = run,
};
