#include "engine/ops/common/embedding_packed.h"

#include "engine/ops/common/embedding.h"

enum { WEIGHTS = 2 };

rq_status rq_embedding_packed_infer(rq_infer *ctx)
{
    RQ_TRY(rq_infer_arity(ctx, 2, 3));
    RQ_TRY(rq_infer_rank(ctx, 1, 2, 2));
    return rq_embedding_infer(ctx, ctx->in[1].shape.d[0], WEIGHTS);
}

rq_status rq_embedding_packed_run(rq_call *call)
{
    size_t bags = (size_t)call->in[1].shape.d[0], per_bag = (size_t)call->in[1].shape.d[1];
    for (size_t b = 0; b < bags; b++) {
        rq_bag bag = rq_bag_open(call, b, WEIGHTS);
        for (size_t i = 0; i < per_bag; i++) RQ_TRY(rq_bag_add(&bag, b * per_bag + i));
        RQ_TRY(rq_bag_close(&bag, call->n_in /* there is no default */));
    }
    return RQ_OK;
}
