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

/* Without dimensions of one element, and those that lie one in the other as one. */
static void merge(rq_loop_nest *nest)
{
    int rank = 0;
    for (int d = 0; d < nest->rank; d++) {
        int64_t dim = nest->dims[d], stride = nest->strides[d];
        if (dim == 1) continue;
        bool inside = rank > 0 && nest->strides[rank - 1] == dim * stride;
        int to = inside ? rank - 1 : rank++;
        nest->dims[to] = inside ? nest->dims[to] * dim : dim;
        nest->strides[to] = stride;
    }
    nest->rank = rank;
}

/* The innermost loop of a nest; the nest goes on without it. */
typedef struct inner_loop {
    size_t n;
    int64_t stride;
} inner_loop;

static inner_loop take_inner(rq_loop_nest *nest)
{
    if (nest->rank == 0) return (inner_loop){1, 0};
    nest->rank--;
    inner_loop inner = {(size_t)nest->dims[nest->rank], nest->strides[nest->rank]};
    nest->count /= inner.n;
    return inner;
}

#define SUMS 512 /* at once: they stay in the nearest cache */

typedef struct reducer {
    const rq_reduction *reduction;
    const rq_tensor *x, *out;
    rq_loop_nest kept, gone; /* outside of: */
    inner_loop across, along;
    size_t members; /* of a sum */
    double sums[SUMS], loaded[SUMS];
} reducer;

static rq_status load(reducer *r, int64_t at, size_t n)
{
    const rq_tensor *x = r->x;
    size_t bits = rq_dtype_bits(x->dtype), first = (size_t)at;
    if (bits >= 8)
        return rq_convert(r->loaded, RQ_DT_F64, (const char *)x->data + first * (bits / 8),
                          x->dtype, n);
    for (size_t i = 0; i < n; i++) r->loaded[i] = rq_load_f64(x->data, x->dtype, first + i);
    return RQ_OK;
}

/* Of other types than f32: what lies in a row is converted at once. */
static rq_status take_converted(reducer *r, int64_t at, size_t n)
{
    rq_reduction_f64 *take = r->reduction->f64;
    for (size_t m = 0; r->across.stride == 1 && m < r->along.n; m++) {
        RQ_TRY(load(r, at + (int64_t)m * r->along.stride, n));
        take(r->sums, n, 1, r->loaded, 0, 1);
    }
    for (size_t i = 0; r->across.stride != 1 && i < n; i++)
        for (size_t m = 0, piece; m < r->along.n; m += piece) {
            piece = r->along.n - m < SUMS ? r->along.n - m : SUMS;
            RQ_TRY(load(r, at + (int64_t)i * r->across.stride + (int64_t)m, piece));
            take(&r->sums[i], 1, 0, r->loaded, 1, piece);
        }
    return RQ_OK;
}

static rq_status take_part(reducer *r, int64_t at, size_t n)
{
    bool aligned = (uintptr_t)r->x->data % sizeof(float) == 0;
    if (r->x->dtype != RQ_DT_F32 || !aligned) return take_converted(r, at, n);
    r->reduction->f32(r->sums, n, r->across.stride, (const float *)r->x->data + at, r->along.stride,
                      r->along.n);
    return RQ_OK;
}

/* n outputs from `o` on, whose first elements are at `start` and beside it. */
static rq_status reduce_some(reducer *r, size_t o, int64_t start, size_t n)
{
    const rq_reduction *reduction = r->reduction;
    int64_t index[RQ_MAX_RANK] = {0}, at = start;
    for (size_t i = 0; i < n; i++) r->sums[i] = reduction->start;
    for (size_t i = 0; r->members > 0 && i < r->gone.count; i++) {
        RQ_TRY(take_part(r, at, n));
        at = rq_loop_nest_next(&r->gone, index, at);
    }
    for (size_t i = 0; i < n; i++) {
        double sum = r->sums[i];
        rq_store_f64(r->out->data, r->out->dtype, o + i,
                     reduction->finish ? reduction->finish(sum, r->members) : sum);
    }
    return RQ_OK;
}

rq_status rq_reduce_run(rq_call *call, const rq_reduction *reduction)
{
    bool reduced[RQ_MAX_RANK];
    reducer r = {.reduction = reduction, .x = &call->in[0], .out = &call->out[0]};
    RQ_TRY(rq_loop_nest_axes(reduced, call->node, r.x->shape.rank, &call->in[1]));
    rq_loop_nest_split(&r.kept, &r.gone, &r.x->shape, reduced);
    if (r.kept.count == 0) return RQ_OK;
    r.members = r.gone.count;
    merge(&r.kept);
    r.across = take_inner(&r.kept);
    if (r.members > 0) {
        merge(&r.gone);
        r.along = take_inner(&r.gone);
    }
    int64_t index[RQ_MAX_RANK] = {0}, at = 0;
    for (size_t row = 0; row < r.kept.count; row++, at = rq_loop_nest_next(&r.kept, index, at))
        for (size_t i = 0, n; i < r.across.n; i += n) {
            n = r.across.n - i < SUMS ? r.across.n - i : SUMS;
            RQ_TRY(reduce_some(&r, row * r.across.n + i, at + (int64_t)i * r.across.stride, n));
        }
    return RQ_OK;
}
