/* Operation Specifications: VariadicSplit-1. */
#include "engine/ops/common/strided_copy.h"
#include "engine/ops/common/split_parts.h"

#include <inttypes.h>

static int64_t length_at(const rq_infer *ctx, uint32_t i)
{
    return rq_load_i64(ctx->in[2].data, ctx->in[2].dtype, i);
}

/* What the entry -1 stands for: what the others leave of `dim`. */
static rq_status find_rest(const rq_infer *ctx, int64_t dim, int64_t *rest)
{
    int64_t sum = 0;
    int wildcards = 0;
    for (uint32_t i = 0; i < ctx->n_out; i++) {
        int64_t length = length_at(ctx, i);
        if (length == -1)
            wildcards++;
        else if (length < 0 || !rq_add_i64(&sum, sum, length))
            return rq_node_fail(ctx->node, RQ_EFORMAT, "split length %" PRId64, length);
    }
    *rest = dim - sum;
    if (wildcards <= 1 && *rest >= 0 && (wildcards == 1 || *rest == 0)) return RQ_OK;
    return rq_node_fail(ctx->node, RQ_EFORMAT,
                        "split lengths add up to %" PRId64
                        " with %d entries of -1, expected %" PRId64 " and at most one",
                        sum, wildcards, dim);
}

static rq_status infer(rq_infer *ctx)
{
    RQ_TRY(rq_infer_arity(ctx, 3, 3));
    RQ_TRY(rq_infer_rank(ctx, 0, 1, RQ_MAX_RANK));
    RQ_TRY(rq_infer_whole_bytes(ctx, 0));
    RQ_TRY(rq_infer_integer(ctx, 2));
    for (uint32_t i = 0; i < ctx->n_out; i++) ctx->out[i].dtype = ctx->in[0].dtype;
    if (rq_tensor_count(&ctx->in[2]) != ctx->n_out)
        return rq_node_fail(ctx->node, RQ_EFORMAT, "%zu split lengths for %u outputs",
                            rq_tensor_count(&ctx->in[2]), ctx->n_out);
    if (!rq_infer_known(ctx, 1) || !rq_infer_known(ctx, 2)) return rq_infer_defer(ctx);
    int axis;
    rq_shape shape = ctx->in[0].shape;
    int64_t rest = 0;
    RQ_TRY(rq_split_axis(ctx->node, ctx->in, &axis));
    RQ_TRY(find_rest(ctx, shape.d[axis], &rest));
    for (uint32_t i = 0; i < ctx->n_out; i++) {
        int64_t length = length_at(ctx, i);
        ctx->out[i].shape = shape;
        ctx->out[i].shape.d[axis] = length == -1 ? rest : length;
    }
    return RQ_OK;
}

const rq_op rq_op_VariadicSplit = {
    .type = "VariadicSplit",
    .opsets = RQ_OPSET(1),
    .role = RQ_ROLE_PASS,
    .flags = RQ_OP_ANY_DTYPE | RQ_OP_MOVES,
    .infer = infer,
    .run = rq_split_run,
};
