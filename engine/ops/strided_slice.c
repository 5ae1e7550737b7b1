/* Operation Specifications: StridedSlice-1. A mask bit of 1 in begin_mask or end_mask means that
 * the bound is ignored, as OpenVINO writes and reads it. */
#include "engine/ops/common/strided_copy.h"
#include "engine/ops/common/slice_plan.h"

#include <inttypes.h>

typedef struct strided_slice_attrs {
    rq_ints begin_mask, end_mask, new_axis_mask, shrink_axis_mask, ellipsis_mask;
} strided_slice_attrs;

#define MASK(name)                                                                                 \
    {                                                                                              \
#name, RQ_ATTR_INTS, offsetof(strided_slice_attrs, name), "", NULL                         \
    }
static const rq_attr_spec attrs_table[] = {
    MASK(begin_mask),       MASK(end_mask),      MASK(new_axis_mask),
    MASK(shrink_axis_mask), MASK(ellipsis_mask), RQ_ATTRS_END,
};

/* One position of begin/end/strides. */
typedef struct bounds {
    size_t n;
    int64_t begin[RQ_MAX_RANK], end[RQ_MAX_RANK], step[RQ_MAX_RANK];
} bounds;

static bool masked(const rq_ints *mask, size_t i)
{
    return i < mask->n && mask->v[i] != 0;
}

static rq_status read_bounds(bounds *b, const rq_node *node, const strided_slice_attrs *a,
                             const rq_tensor *in, uint32_t n_in)
{
    RQ_TRY(rq_tensor_ints(node, &in[1], b->begin, RQ_MAX_RANK, &b->n));
    RQ_TRY(rq_node_list(node, b->end, b->n, &in[2], "end"));
    for (size_t i = 0; i < b->n; i++) b->step[i] = 1;
    if (rq_input_given(in, n_in, 3)) RQ_TRY(rq_node_list(node, b->step, b->n, &in[3], "strides"));
    for (size_t i = 0; i < b->n; i++) {
        bool back = b->step[i] < 0;
        if (masked(&a->begin_mask, i)) b->begin[i] = back ? INT64_MAX : 0;
        if (masked(&a->end_mask, i)) b->end[i] = back ? INT64_MIN : INT64_MAX;
    }
    return RQ_OK;
}

/* How many dimensions of the data the positions other than ellipsis and new axes take. */
static int named_dims(const strided_slice_attrs *a, size_t n)
{
    int named = 0;
    for (size_t i = 0; i < n; i++)
        named += !masked(&a->ellipsis_mask, i) && !masked(&a->new_axis_mask, i);
    return named;
}

static rq_status shrink(const rq_node *node, rq_slice *slice, int axis, int64_t dim, int64_t begin)
{
    if (begin == INT64_MAX) begin = dim - 1; /* begin is masked and the step negative */
    RQ_TRY(rq_node_index(node, &slice->first[axis], begin, dim));
    slice->count[axis] = 1;
    return RQ_OK;
}

static rq_status add_dim(rq_infer *ctx, rq_shape *out, int64_t dim)
{
    if (out->rank == RQ_MAX_RANK)
        return rq_node_fail(ctx->node, RQ_EUNSUPPORTED, "the output has more than %d dimensions",
                            RQ_MAX_RANK);
    out->d[out->rank++] = dim;
    return RQ_OK;
}

/* Walks the positions and the dimensions of the data side by side. */
static rq_status plan(rq_infer *ctx, rq_slice *slice, rq_shape *out)
{
    const strided_slice_attrs *a = ctx->attrs;
    const rq_shape *in = &ctx->in[0].shape;
    bounds b;
    RQ_TRY(read_bounds(&b, ctx->node, a, ctx->in, ctx->n_in));
    int named = named_dims(a, b.n), axis = 0;
    if (named > in->rank)
        return rq_node_fail(ctx->node, RQ_EFORMAT, "bounds for %d dimensions, the input has %d",
                            named, in->rank);
    int unnamed = in->rank - named; /* what an ellipsis stands for */
    *slice = rq_slice_all(in);
    *out = (rq_shape){0};
    for (size_t i = 0; i < b.n; i++) {
        if (masked(&a->ellipsis_mask, i)) {
            for (; unnamed > 0; unnamed--) RQ_TRY(add_dim(ctx, out, in->d[axis++]));
        } else if (masked(&a->new_axis_mask, i)) {
            RQ_TRY(add_dim(ctx, out, 1));
        } else if (masked(&a->shrink_axis_mask, i)) {
            RQ_TRY(shrink(ctx->node, slice, axis, in->d[axis], b.begin[i]));
            axis++;
        } else {
            RQ_TRY(rq_slice_bound(ctx->node, slice, axis, in->d[axis], b.begin[i], b.end[i],
                                  b.step[i]));
            RQ_TRY(add_dim(ctx, out, slice->count[axis++]));
        }
    }
    for (; axis < in->rank; axis++) RQ_TRY(add_dim(ctx, out, in->d[axis]));
    return RQ_OK;
}

static rq_status infer(rq_infer *ctx)
{
    RQ_TRY(rq_infer_arity(ctx, 3, 4));
    RQ_TRY(rq_infer_whole_bytes(ctx, 0));
    ctx->out[0].dtype = ctx->in[0].dtype;
    for (uint32_t i = 1; i < ctx->n_in; i++)
        if (!rq_infer_known(ctx, i)) return rq_infer_defer(ctx);
    rq_slice slice;
    return plan(ctx, &slice, &ctx->out[0].shape);
}

static rq_status run(rq_call *call)
{
    const rq_tensor *in = call->in;
    rq_infer ctx = {
        .node = call->node, .op = call->op, .attrs = call->attrs, .n_in = call->n_in, .in = in};
    rq_slice slice;
    rq_shape out;
    RQ_TRY(plan(&ctx, &slice, &out));
    rq_slice_read(call->out[0].data, in[0].data, &in[0].shape, &slice,
                  rq_element_bytes(in[0].dtype));
    return RQ_OK;
}

const rq_op rq_op_StridedSlice = {
    .type = "StridedSlice",
    .opsets = RQ_OPSET(1),
    .role = RQ_ROLE_PASS,
    .flags = RQ_OP_ANY_DTYPE | RQ_OP_MOVES,
    .attrs_size = sizeof(strided_slice_attrs),
    .attrs = attrs_table,
    .infer = infer,
    .run = run,
};
