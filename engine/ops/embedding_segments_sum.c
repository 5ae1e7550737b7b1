/* Operation Specifications: EmbeddingSegmentsSum-3. Inputs: table, indices, segment ids (not
 * falling), number of segments, default index (optional), weights (optional). */
#include "engine/ops/common/embedding.h"
#include "engine/ops/common/strided_copy.h"

#include <inttypes.h>

enum { SEGMENT_IDS = 2, SEGMENTS = 3, DEFAULT_INDEX = 4, WEIGHTS = 5 };

static rq_status infer(rq_infer *ctx)
{
    RQ_TRY(rq_infer_arity(ctx, 4, 6));
    RQ_TRY(rq_infer_rank(ctx, 1, 1, 1));
    RQ_TRY(rq_infer_rank(ctx, SEGMENT_IDS, 1, 1));
    RQ_TRY(rq_infer_integer(ctx, SEGMENT_IDS));
    ctx->out[0].dtype = ctx->in[0].dtype;
    if (!rq_shape_equal(&ctx->in[SEGMENT_IDS].shape, &ctx->in[1].shape))
        return rq_node_fail(ctx->node, RQ_EFORMAT, "%zu segment ids for %zu indices",
                            rq_tensor_count(&ctx->in[SEGMENT_IDS]), rq_tensor_count(&ctx->in[1]));
    if (!rq_infer_known(ctx, SEGMENTS)) return rq_infer_defer(ctx);
    int64_t segments;
    RQ_TRY(rq_tensor_int(ctx->node, &ctx->in[SEGMENTS], &segments));
    if (segments < 0) return rq_node_fail(ctx->node, RQ_EFORMAT, "%" PRId64 " segments", segments);
    return rq_embedding_infer(ctx, segments, WEIGHTS);
}

static rq_status run(rq_call *call)
{
    const rq_tensor *ids = &call->in[SEGMENT_IDS];
    size_t n = rq_tensor_count(ids), at = 0, segments = (size_t)call->out[0].shape.d[0];
    for (size_t s = 0; s < segments; s++) {
        rq_bag bag = rq_bag_open(call, s, WEIGHTS);
        for (; at < n && rq_load_i64(ids->data, ids->dtype, at) == (int64_t)s; at++)
            RQ_TRY(rq_bag_add(&bag, at));
        RQ_TRY(rq_bag_close(&bag, DEFAULT_INDEX));
    }
    if (at == n) return RQ_OK;
    return rq_node_fail(call->node, RQ_EARG,
                        "segment id %" PRId64 " at %zu: ids must not fall, and be below %zu",
                        rq_load_i64(ids->data, ids->dtype, at), at, segments);
}

const rq_op rq_op_EmbeddingSegmentsSum = {
    .type = "EmbeddingSegmentsSum",
    .opsets = RQ_OPSET(3),
    .role = RQ_ROLE_FLOAT,
    .flags = RQ_OP_ANY_DTYPE,
    .infer = infer,
    .run = run,
};
