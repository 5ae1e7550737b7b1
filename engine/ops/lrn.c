/* Operation Specifications: LRN-1: x / (bias + alpha / size^k * sum of squares nearby)^beta, the
 * neighbourhood being `size` elements along each of the k axes, cut at the borders. */
#include "engine/ops/common/loop_nest.h"

#include <math.h>

typedef struct lrn_attrs {
    double alpha, beta, bias;
    int64_t size;
} lrn_attrs;

static const rq_attr_spec attrs_table[] = {
    {"alpha", RQ_ATTR_FLOAT, offsetof(lrn_attrs, alpha), NULL, NULL},
    {"beta", RQ_ATTR_FLOAT, offsetof(lrn_attrs, beta), NULL, NULL},
    {"bias", RQ_ATTR_FLOAT, offsetof(lrn_attrs, bias), NULL, NULL},
    {"size", RQ_ATTR_INT, offsetof(lrn_attrs, size), NULL, NULL},
    RQ_ATTRS_END,
};

static rq_status infer(rq_infer *ctx)
{
    const lrn_attrs *a = ctx->attrs;
    bool reduced[RQ_MAX_RANK];
    RQ_TRY(rq_infer_arity(ctx, 2, 2));
    RQ_TRY(rq_infer_floats(ctx, 1));
    if (a->size < 1 || a->size > INT32_MAX)
        return rq_node_fail(ctx->node, RQ_EFORMAT, "size %lld, expected at least 1",
                            (long long)a->size);
    if (rq_infer_known(ctx, 1))
        RQ_TRY(rq_loop_nest_axes(reduced, ctx->node, ctx->in[0].shape.rank, &ctx->in[1]));
    return rq_infer_same(ctx);
}

/* Sum of squares over the window around `index` (offset `at`), dimension by dimension. */
static double window_sum(const float *x, const rq_loop_nest *n, const int64_t *index, int64_t at,
                         int64_t size, int d)
{
    if (d == n->rank) return (double)x[at] * x[at];
    int64_t from = index[d] - (size - 1) / 2, to = index[d] + size / 2 + 1;
    double sum = 0.0;
    if (from < 0) from = 0;
    if (to > n->dims[d]) to = n->dims[d];
    for (int64_t i = from; i < to; i++)
        sum += window_sum(x, n, index, at + (i - index[d]) * n->strides[d], size, d + 1);
    return sum;
}

static rq_status run(rq_call *call)
{
    const lrn_attrs *a = call->attrs;
    bool reduced[RQ_MAX_RANK];
    rq_loop_nest groups, members;
    RQ_TRY(rq_loop_nest_axes(reduced, call->node, call->in[0].shape.rank, &call->in[1]));
    rq_loop_nest_split(&groups, &members, &call->in[0].shape, reduced);
    const float *x = call->in[0].data;
    float *out = call->out[0].data;
    double alpha = a->alpha / pow((double)a->size, members.rank);
    int64_t group_index[RQ_MAX_RANK] = {0}, base = 0;
    for (size_t g = 0; g < groups.count;
         g++, base = rq_loop_nest_next(&groups, group_index, base)) {
        int64_t index[RQ_MAX_RANK] = {0}, at = base;
        for (size_t i = 0; i < members.count; i++, at = rq_loop_nest_next(&members, index, at))
            out[at] = (float)(x[at] /
                              pow(a->bias + alpha * window_sum(x, &members, index, at, a->size, 0),
                                  a->beta));
    }
    return RQ_OK;
}

const rq_op rq_op_LRN = {
    .type = "LRN",
    .opsets = RQ_OPSET(1),
    .role = RQ_ROLE_FLOAT,
    .attrs_size = sizeof(lrn_attrs),
    .attrs = attrs_table,
    .infer = infer,
    .run = run,
};
