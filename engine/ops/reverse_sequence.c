/* Operation Specifications: ReverseSequence-1. */
#include "engine/ops/common/strided_copy.h"

#include <inttypes.h>
#include <string.h>

typedef struct reverse_sequence_attrs {
    int64_t batch_axis, seq_axis;
} reverse_sequence_attrs;

static const rq_attr_spec attrs_table[] = {
    {"batch_axis", RQ_ATTR_INT, offsetof(reverse_sequence_attrs, batch_axis), "0", NULL},
    {"seq_axis", RQ_ATTR_INT, offsetof(reverse_sequence_attrs, seq_axis), "1", NULL},
    RQ_ATTRS_END,
};

static rq_status read_axes(const rq_node *node, const reverse_sequence_attrs *a, int rank,
                           int *batch, int *seq)
{
    RQ_TRY(rq_node_axis(node, batch, a->batch_axis, rank));
    RQ_TRY(rq_node_axis(node, seq, a->seq_axis, rank));
    if (*batch != *seq) return RQ_OK;
    return rq_node_fail(node, RQ_EFORMAT, "batch_axis and seq_axis are both %d", *seq);
}

static rq_status infer(rq_infer *ctx)
{
    RQ_TRY(rq_infer_arity(ctx, 2, 2));
    RQ_TRY(rq_infer_rank(ctx, 0, 2, RQ_MAX_RANK));
    RQ_TRY(rq_infer_rank(ctx, 1, 1, 1));
    RQ_TRY(rq_infer_whole_bytes(ctx, 0));
    int batch, seq;
    const rq_shape *in = &ctx->in[0].shape;
    RQ_TRY(read_axes(ctx->node, ctx->attrs, in->rank, &batch, &seq));
    if (ctx->in[1].shape.d[0] != in->d[batch])
        return rq_node_fail(ctx->node, RQ_EFORMAT, "%" PRId64 " lengths for a batch of %" PRId64,
                            ctx->in[1].shape.d[0], in->d[batch]);
    return rq_infer_same(ctx);
}

static rq_status run(rq_call *call)
{
    const rq_shape *shape = &call->in[0].shape;
    int batch, seq;
    int64_t strides[RQ_MAX_RANK];
    size_t element = rq_element_bytes(call->in[0].dtype);
    RQ_TRY(read_axes(call->node, call->attrs, shape->rank, &batch, &seq));
    if (rq_shape_count(shape) == 0) return RQ_OK;
    memcpy(call->out[0].data, call->in[0].data, rq_tensor_bytes(&call->in[0]));
    rq_shape_strides(shape, strides);
    for (int64_t b = 0; b < shape->d[batch]; b++) {
        int64_t length = (int64_t)rq_load_f64(call->in[1].data, call->in[1].dtype, (size_t)b);
        if (length < 0 || length > shape->d[seq])
            return rq_node_fail(call->node, RQ_EARG, "length %" PRId64 " of a sequence of %" PRId64,
                                length, shape->d[seq]);
        if (length < 2) continue;
        rq_strided_copy copy = {0};
        for (int i = 0; i < shape->rank; i++)
            rq_strided_copy_add(&copy,
                                i == batch ? 1
                                : i == seq ? length
                                           : shape->d[i],
                                strides[i], i == seq ? -strides[i] : strides[i]);
        int64_t at = b * strides[batch];
        rq_strided_copy_run(
            &copy, rq_strided_at(call->out[0].data, at, element),
            rq_strided_from(call->in[0].data, at + (length - 1) * strides[seq], element), element);
    }
    return RQ_OK;
}

const rq_op rq_op_ReverseSequence = {
    .type = "ReverseSequence",
    .opsets = RQ_OPSET(1),
    .role = RQ_ROLE_PASS,
    .flags = RQ_OP_ANY_DTYPE | RQ_OP_MOVES,
    .attrs_size = sizeof(reverse_sequence_attrs),
    .attrs = attrs_table,
    .infer = infer,
    .run = run,
};
