#include "engine/ops/common/reduce.h"

#include "engine/ops/common/loop_nest.h"

#include <math.h>

const rq_attr_spec rq_reduce_specs[] = {
    {"keep_dims", RQ_ATTR_BOOL, offsetof(rq_reduce_attrs, keep_dims), "false", NULL},
    RQ_ATTRS_END,
};

rq_status rq_reduce_infer(rq_infer *ctx)
{
    const rq_reduce_attrs *a = ctx->attrs;
    bool reduced[RQ_MAX_RANK];
    RQ_TRY(rq_infer_arity(ctx, 2, 2));
    ctx->out[0].dtype = ctx->in[0].dtype;
    if (!rq_infer_known(ctx, 1)) return rq_infer_defer(ctx);
    RQ_TRY(rq_loop_nest_axes(reduced, ctx->node, ctx->in[0].shape.rank, &ctx->in[1]));
    const rq_shape *x = &ctx->in[0].shape;
    rq_shape *out = &ctx->out[0].shape;
    out->rank = 0;
    for (int d = 0; d < x->rank; d++)
        if (!reduced[d] || a->keep_dims) out->d[out->rank++] = reduced[d] ? 1 : x->d[d];
    return RQ_OK;
}

static double reduce_one(const rq_tensor *x, int64_t start, const rq_loop_nest *gone,
                         const rq_reduction *r)
{
    int64_t index[RQ_MAX_RANK] = {0}, at = start;
    double sum = r->start;
    for (size_t i = 0; i < gone->count; i++, at = rq_loop_nest_next(gone, index, at))
        sum = r->step(sum, x->dtype == RQ_DT_F32 ? ((const float *)x->data)[at]
                                                 : rq_load_f64(x->data, x->dtype, (size_t)at));
    return r->finish ? r->finish(sum, gone->count) : sum;
}

rq_status rq_reduce_run(rq_call *call, const rq_reduction *reduction)
{
    const rq_tensor *x = &call->in[0];
    bool reduced[RQ_MAX_RANK];
    rq_loop_nest kept, gone;
    RQ_TRY(rq_loop_nest_axes(reduced, call->node, x->shape.rank, &call->in[1]));
    rq_loop_nest_split(&kept, &gone, &x->shape, reduced);
    int64_t index[RQ_MAX_RANK] = {0}, at = 0;
    for (size_t o = 0; o < kept.count; o++, at = rq_loop_nest_next(&kept, index, at))
        rq_store_f64(call->out[0].data, call->out[0].dtype, o, reduce_one(x, at, &gone, reduction));
    return RQ_OK;
}
