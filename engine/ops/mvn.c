/* Operation Specifications: MVN-6 (axes as input 1) and MVN-1 (attributes across_channels):
 * subtracts the mean and, with normalize_variance, divides by the deviation; eps inside or outside
 * the root. */
#include "engine/ops/common/loop_nest.h"

#include <math.h>

enum { EPS_INSIDE, EPS_OUTSIDE };

typedef struct mvn_attrs {
    double eps;
    bool normalize_variance, across_channels;
    int eps_mode;
    rq_ints reduction_axes;
} mvn_attrs;

static const char *const modes[] = {"inside_sqrt", "outside_sqrt", NULL};

static const rq_attr_spec attrs_table[] = {
    {"eps", RQ_ATTR_FLOAT, offsetof(mvn_attrs, eps), NULL, NULL},
    {"normalize_variance", RQ_ATTR_BOOL, offsetof(mvn_attrs, normalize_variance), "true", NULL},
    {"across_channels", RQ_ATTR_BOOL, offsetof(mvn_attrs, across_channels), "false", NULL},
    {"eps_mode", RQ_ATTR_ENUM, offsetof(mvn_attrs, eps_mode), "inside_sqrt", modes},
    {"reduction_axes", RQ_ATTR_INTS, offsetof(mvn_attrs, reduction_axes), "", NULL},
    RQ_ATTRS_END,
};

static rq_status find_axes(bool reduced[RQ_MAX_RANK], const rq_node *node, const mvn_attrs *a,
                           const rq_tensor *in, int version)
{
    int rank = in[0].shape.rank;
    if (version != 1) return rq_loop_nest_axes(reduced, node, rank, &in[1]);
    for (int d = 0; d < RQ_MAX_RANK; d++) reduced[d] = d >= (a->across_channels ? 1 : 2);
    for (size_t i = 0; i < a->reduction_axes.n; i++) {
        if (i == 0)
            for (int d = 0; d < RQ_MAX_RANK; d++) reduced[d] = false;
        int64_t axis = a->reduction_axes.v[i];
        if (axis < 0 || axis >= rank)
            return rq_node_fail(node, RQ_EFORMAT, "axis %lld is not in [0, %d)", (long long)axis,
                                rank);
        reduced[axis] = true;
    }
    return RQ_OK;
}

static rq_status infer(rq_infer *ctx)
{
    bool reduced[RQ_MAX_RANK];
    RQ_TRY(rq_infer_arity(ctx, ctx->version == 1 ? 1 : 2, 2));
    RQ_TRY(rq_infer_floats(ctx, 1));
    if (rq_infer_known(ctx, 1))
        RQ_TRY(find_axes(reduced, ctx->node, ctx->attrs, ctx->in, ctx->version));
    return rq_infer_same(ctx);
}

static void normalise(float *out, const float *x, const rq_loop_nest *members, const mvn_attrs *a)
{
    int64_t index[RQ_MAX_RANK] = {0}, at = 0;
    double sum = 0.0, squares = 0.0, n = (double)members->count;
    for (size_t i = 0; i < members->count; i++, at = rq_loop_nest_next(members, index, at))
        sum += x[at];
    double mean = sum / n, scale = 1.0;
    for (size_t i = 0; i < members->count; i++, at = rq_loop_nest_next(members, index, at))
        squares += (x[at] - mean) * (x[at] - mean);
    if (a->normalize_variance)
        scale = a->eps_mode == EPS_INSIDE ? 1.0 / sqrt(squares / n + a->eps)
                                          : 1.0 / (sqrt(squares / n) + a->eps);
    for (size_t i = 0; i < members->count; i++, at = rq_loop_nest_next(members, index, at))
        out[at] = (float)((x[at] - mean) * scale);
}

static rq_status run(rq_call *call)
{
    bool reduced[RQ_MAX_RANK];
    rq_loop_nest groups, members;
    RQ_TRY(find_axes(reduced, call->node, call->attrs, call->in, call->version));
    rq_loop_nest_split(&groups, &members, &call->in[0].shape, reduced);
    int64_t index[RQ_MAX_RANK] = {0}, at = 0;
    for (size_t g = 0; g < groups.count; g++, at = rq_loop_nest_next(&groups, index, at))
        normalise((float *)call->out[0].data + at, (const float *)call->in[0].data + at, &members,
                  call->attrs);
    return RQ_OK;
}

const rq_op rq_op_MVN = {
    .type = "MVN",
    .opsets = RQ_OPSET(1) | RQ_OPSET(6),
    .role = RQ_ROLE_QUANTIZE,
    .attrs_size = sizeof(mvn_attrs),
    .attrs = attrs_table,
    .infer = infer,
    .run = run,
};
