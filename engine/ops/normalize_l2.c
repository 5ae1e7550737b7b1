/* Operation Specifications: NormalizeL2-1: x / sqrt(sum of squares over the axes + eps), or over
 * max(sum, eps). No axes: every element by itself. */
#include "engine/ops/common/loop_nest.h"

#include <math.h>

enum { EPS_ADD, EPS_MAX };

typedef struct normalize_attrs {
    double eps;
    int eps_mode;
} normalize_attrs;

static const char *const modes[] = {"add", "max", NULL};

static const rq_attr_spec attrs_table[] = {
    {"eps", RQ_ATTR_FLOAT, offsetof(normalize_attrs, eps), NULL, NULL},
    {"eps_mode", RQ_ATTR_ENUM, offsetof(normalize_attrs, eps_mode), NULL, modes},
    RQ_ATTRS_END,
};

static rq_status infer(rq_infer *ctx)
{
    bool reduced[RQ_MAX_RANK];
    RQ_TRY(rq_infer_arity(ctx, 2, 2));
    RQ_TRY(rq_infer_floats(ctx, 1));
    if (rq_infer_known(ctx, 1))
        RQ_TRY(rq_loop_nest_axes(reduced, ctx->node, ctx->in[0].shape.rank, &ctx->in[1]));
    return rq_infer_same(ctx);
}

static void normalise(float *out, const float *x, const rq_loop_nest *members,
                      const normalize_attrs *a)
{
    int64_t index[RQ_MAX_RANK] = {0}, at = 0;
    double squares = 0.0;
    for (size_t i = 0; i < members->count; i++, at = rq_loop_nest_next(members, index, at))
        squares += (double)x[at] * x[at];
    double norm = sqrt(a->eps_mode == EPS_ADD ? squares + a->eps : fmax(squares, a->eps));
    for (size_t i = 0; i < members->count; i++, at = rq_loop_nest_next(members, index, at))
        out[at] = (float)(x[at] / norm);
}

static rq_status run(rq_call *call)
{
    bool reduced[RQ_MAX_RANK];
    rq_loop_nest groups, members;
    RQ_TRY(rq_loop_nest_axes(reduced, call->node, call->in[0].shape.rank, &call->in[1]));
    rq_loop_nest_split(&groups, &members, &call->in[0].shape, reduced);
    int64_t index[RQ_MAX_RANK] = {0}, at = 0;
    for (size_t g = 0; g < groups.count; g++, at = rq_loop_nest_next(&groups, index, at))
        normalise((float *)call->out[0].data + at, (const float *)call->in[0].data + at, &members,
                  call->attrs);
    return RQ_OK;
}

const rq_op rq_op_NormalizeL2 = {
    .type = "NormalizeL2",
    .opsets = RQ_OPSET(1),
    .role = RQ_ROLE_QUANTIZE,
    .attrs_size = sizeof(normalize_attrs),
    .attrs = attrs_table,
    .infer = infer,
    .run = run,
};
