#include "engine/ops/reduce.h"

#include <math.h>

const rq_attr_spec rq_reduce_specs[] = {
    {"keep_dims", RQ_ATTR_BOOL, offsetof(rq_reduce_attrs, keep_dims), "false", NULL},
    RQ_ATTRS_END,
};

/* Which dimensions of x go. */
static rq_status read_axes(bool reduced[RQ_MAX_RANK], const rq_node *node, const rq_tensor *x,
                           const rq_tensor *axes)
{
    int64_t list[RQ_MAX_RANK];
    size_t n;
    for (int d = 0; d < RQ_MAX_RANK; d++) reduced[d] = false;
    RQ_TRY(rq_tensor_ints(node, axes, list, RQ_MAX_RANK, &n));
    for (size_t i = 0; i < n; i++) {
        int axis;
        rq_status status = rq_axis_normalize(&axis, list[i], x->shape.rank, "axis");
        if (status != RQ_OK) return rq_fail_prefix(status, "layer '%s' (%s)", node->name, node->type);
        reduced[axis] = true;
    }
    return RQ_OK;
}

rq_status rq_reduce_infer(rq_infer *ctx)
{
    const rq_reduce_attrs *a = ctx->attrs;
    bool reduced[RQ_MAX_RANK];
    RQ_TRY(rq_infer_arity(ctx, 2, 2));
    ctx->out[0].dtype = ctx->in[0].dtype;
    if (!rq_infer_known(ctx, 1)) return rq_infer_defer(ctx);
    RQ_TRY(read_axes(reduced, ctx->node, &ctx->in[0], &ctx->in[1]));
    const rq_shape *x = &ctx->in[0].shape;
    rq_shape *out = &ctx->out[0].shape;
    out->rank = 0;
    for (int d = 0; d < x->rank; d++)
        if (!reduced[d] || a->keep_dims) out->d[out->rank++] = reduced[d] ? 1 : x->d[d];
    return RQ_OK;
}

/* The reduced dimensions as a nest of their own: offsets of all elements that make one output. */
typedef struct nest {
    int rank;
    int64_t dims[RQ_MAX_RANK], strides[RQ_MAX_RANK];
    size_t count;
} nest;

static void split_dims(nest *kept, nest *gone, const rq_shape *x, const bool *reduced)
{
    int64_t strides[RQ_MAX_RANK];
    rq_shape_strides(x, strides);
    *kept = *gone = (nest){.count = 1};
    for (int d = 0; d < x->rank; d++) {
        nest *to = reduced[d] ? gone : kept;
        to->dims[to->rank] = x->d[d];
        to->strides[to->rank++] = strides[d];
        to->count *= (size_t)x->d[d];
    }
}

static int64_t nest_next(const nest *n, int64_t *index, int64_t offset)
{
    for (int d = n->rank - 1; d >= 0; d--) {
        offset += n->strides[d];
        if (++index[d] < n->dims[d]) break;
        offset -= n->strides[d] * n->dims[d];
        index[d] = 0;
    }
    return offset;
}

static double reduce_one(const rq_tensor *x, int64_t start, const nest *gone, const rq_reduction *r)
{
    int64_t index[RQ_MAX_RANK] = {0}, at = start;
    double sum = r->start;
    for (size_t i = 0; i < gone->count; i++, at = nest_next(gone, index, at))
        sum = r->step(sum, x->dtype == RQ_DT_F32 ? ((const float *)x->data)[at]
                                                 : rq_load_f64(x->data, x->dtype, (size_t)at));
    return r->finish ? r->finish(sum, gone->count) : sum;
}

rq_status rq_reduce_run(rq_call *call, const rq_reduction *reduction)
{
    const rq_tensor *x = &call->in[0];
    bool reduced[RQ_MAX_RANK];
    nest kept, gone;
    RQ_TRY(read_axes(reduced, call->node, x, &call->in[1]));
    split_dims(&kept, &gone, &x->shape, reduced);
    int64_t index[RQ_MAX_RANK] = {0}, at = 0;
    for (size_t o = 0; o < kept.count; o++, at = nest_next(&kept, index, at))
        rq_store_f64(call->out[0].data, call->out[0].dtype, o, reduce_one(x, at, &gone, reduction));
    return RQ_OK;
}
