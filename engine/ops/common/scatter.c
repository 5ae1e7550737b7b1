#include "engine/ops/common/scatter.h"

#include "engine/ops/common/strided_copy.h"

#include <math.h>
#include <string.h>

const char *const rq_scatter_reductions[] = {"none", "sum", "sub",  "prod",
                                             "min",  "max", "mean", NULL};

static double combine_f64(int reduction, double a, double b)
{
    switch (reduction) {
    case RQ_SCATTER_SUB:
        return a - b;
    case RQ_SCATTER_PROD:
        return a * b;
    case RQ_SCATTER_MIN:
        return b < a ? b : a;
    case RQ_SCATTER_MAX:
        return b > a ? b : a;
    default:
        return a + b;
    }
}

/* Wraps around, as the integers of the type do. */
static int64_t combine_i64(int reduction, int64_t a, int64_t b)
{
    switch (reduction) {
    case RQ_SCATTER_SUB:
        return (int64_t)((uint64_t)a - (uint64_t)b);
    case RQ_SCATTER_PROD:
        return (int64_t)((uint64_t)a * (uint64_t)b);
    case RQ_SCATTER_MIN:
        return b < a ? b : a;
    case RQ_SCATTER_MAX:
        return b > a ? b : a;
    default:
        return (int64_t)((uint64_t)a + (uint64_t)b);
    }
}

/* Orders u64 as i64 does: the sign bit flipped. */
static int64_t combine_u64(int reduction, int64_t a, int64_t b)
{
    if (reduction != RQ_SCATTER_MIN && reduction != RQ_SCATTER_MAX)
        return combine_i64(reduction, a, b);
    return combine_i64(reduction, a ^ INT64_MIN, b ^ INT64_MIN) ^ INT64_MIN;
}

void rq_scatter_combine(int reduction, rq_dtype dt, void *dst, size_t at, const void *src,
                        size_t from, size_t n)
{
    size_t element = rq_element_bytes(dt);
    if (reduction == RQ_SCATTER_NONE) {
        if (n) memcpy((char *)dst + at * element, (const char *)src + from * element, n * element);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        if (rq_dtype_is_float(dt)) {
            double a = rq_load_f64(dst, dt, at + i), b = rq_load_f64(src, dt, from + i);
            rq_store_f64(dst, dt, at + i, combine_f64(reduction, a, b));
            continue;
        }
        int64_t a = rq_load_i64(dst, dt, at + i), b = rq_load_i64(src, dt, from + i);
        int64_t r = dt == RQ_DT_U64 ? combine_u64(reduction, a, b) : combine_i64(reduction, a, b);
        rq_store_i64(dst, dt, at + i, dt == RQ_DT_BOOL ? r != 0 : r);
    }
}

/* Largest (or smallest) integer of the type. */
static int64_t extreme(rq_dtype dt, bool largest)
{
    unsigned bits = rq_dtype_bits(dt);
    if (dt == RQ_DT_BOOL) return largest;
    if (rq_dtype_kind_of(dt) == RQ_KIND_UNSIGNED)
        return !largest ? 0 : bits == 64 ? -1 : (int64_t)((UINT64_C(1) << bits) - 1);
    int64_t most = (int64_t)((UINT64_C(1) << (bits - 1)) - 1);
    return largest ? most : -most - 1;
}

void rq_scatter_reset(int reduction, rq_dtype dt, void *dst, size_t at)
{
    bool bound = reduction == RQ_SCATTER_MIN || reduction == RQ_SCATTER_MAX;
    if (bound && rq_dtype_is_float(dt))
        rq_store_f64(dst, dt, at,
                     reduction == RQ_SCATTER_MIN ? (double)INFINITY : -(double)INFINITY);
    else if (bound)
        rq_store_i64(dst, dt, at, extreme(dt, reduction == RQ_SCATTER_MIN));
    else
        rq_store_i64(dst, dt, at, reduction == RQ_SCATTER_PROD);
}

rq_status rq_scatter_infer(rq_infer *ctx, uint32_t max_in)
{
    RQ_TRY(rq_infer_arity(ctx, 3, max_in));
    RQ_TRY(rq_infer_rank(ctx, 0, 1, RQ_MAX_RANK));
    RQ_TRY(rq_infer_whole_bytes(ctx, 0));
    RQ_TRY(rq_infer_integer(ctx, 1));
    if (ctx->in[2].dtype != ctx->in[0].dtype)
        return rq_node_fail(ctx->node, RQ_EFORMAT, "updates are %s, expected %s as the data",
                            rq_dtype_name(ctx->in[2].dtype), rq_dtype_name(ctx->in[0].dtype));
    return rq_infer_same(ctx);
}

rq_status rq_scatter_axis(const rq_node *node, const rq_tensor *in, int *axis)
{
    int64_t value;
    RQ_TRY(rq_tensor_int(node, &in[3], &value));
    return rq_node_axis(node, axis, value, in[0].shape.rank);
}

rq_status rq_scatter_infer_axis(rq_infer *ctx, rq_scatter_check *check)
{
    int axis;
    RQ_TRY(rq_infer_arity(ctx, 4, 4));
    RQ_TRY(rq_scatter_infer(ctx, 4));
    if (!rq_infer_known(ctx, 3)) return rq_infer_defer(ctx);
    RQ_TRY(rq_scatter_axis(ctx->node, ctx->in, &axis));
    return check(ctx, axis);
}

void rq_scatter_begin(const rq_call *call)
{
    if (rq_tensor_count(&call->in[0]))
        memcpy(call->out[0].data, call->in[0].data, rq_tensor_bytes(&call->in[0]));
}
