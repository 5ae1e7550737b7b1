#include "engine/ops/common/embedding_offsets.h"

#include "engine/ops/common/embedding.h"
#include "engine/ops/common/strided_copy.h"

#include <inttypes.h>

enum { OFFSETS = 2, DEFAULT_INDEX = 3, WEIGHTS = 4 };

rq_status rq_embedding_offsets_infer(rq_infer *ctx)
{
    RQ_TRY(rq_infer_arity(ctx, 3, 5));
    RQ_TRY(rq_infer_rank(ctx, 1, 1, 1));
    RQ_TRY(rq_infer_rank(ctx, OFFSETS, 1, 1));
    RQ_TRY(rq_infer_integer(ctx, OFFSETS));
    return rq_embedding_infer(ctx, ctx->in[OFFSETS].shape.d[0], WEIGHTS);
}

rq_status rq_embedding_offsets_run(rq_call *call)
{
    const rq_tensor *offsets = &call->in[OFFSETS];
    int64_t n = call->in[1].shape.d[0];
    size_t bags = rq_tensor_count(offsets);
    for (size_t b = 0; b < bags; b++) {
        int64_t begin = rq_load_i64(offsets->data, offsets->dtype, b);
        int64_t end = b + 1 < bags ? rq_load_i64(offsets->data, offsets->dtype, b + 1) : n;
        if (begin < 0 || end > n || begin > end)
            return rq_node_fail(call->node, RQ_EARG,
                                "a bag from %" PRId64 " to %" PRId64 " of %" PRId64 " indices",
                                begin, end, n);
        rq_bag bag = rq_bag_open(call, b, WEIGHTS);
        for (int64_t i = begin; i < end; i++) RQ_TRY(rq_bag_add(&bag, (size_t)i));
        RQ_TRY(rq_bag_close(&bag, DEFAULT_INDEX));
    }
    return RQ_OK;
}
