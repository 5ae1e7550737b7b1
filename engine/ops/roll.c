/* Operation Specifications: Roll-7. */
#include "engine/ops/common/strided_copy.h"

/* Shift per dimension, in [0, dim). An axis may appear several times. */
static rq_status read_shifts(const rq_node *node, const rq_tensor *in, int64_t *shifts)
{
    const rq_shape *shape = &in[0].shape;
    size_t n = rq_tensor_count(&in[2]), n_shifts = rq_tensor_count(&in[1]);
    if (n_shifts != n && n_shifts != 1)
        return rq_node_fail(node, RQ_EFORMAT, "%zu shifts for %zu axes", n_shifts, n);
    for (int i = 0; i < RQ_MAX_RANK; i++) shifts[i] = 0;
    for (size_t i = 0; i < n; i++) {
        int axis;
        RQ_TRY(rq_node_axis(node, &axis, rq_load_i64(in[2].data, in[2].dtype, i), shape->rank));
        if (shape->d[axis] == 0) continue;
        int64_t shift =
            rq_load_i64(in[1].data, in[1].dtype, n_shifts == 1 ? 0 : i) % shape->d[axis];
        shifts[axis] = (shifts[axis] + shift + shape->d[axis]) % shape->d[axis];
    }
    return RQ_OK;
}

static rq_status infer(rq_infer *ctx)
{
    int64_t shifts[RQ_MAX_RANK];
    RQ_TRY(rq_infer_arity(ctx, 3, 3));
    RQ_TRY(rq_infer_rank(ctx, 0, 1, RQ_MAX_RANK));
    RQ_TRY(rq_infer_whole_bytes(ctx, 0));
    RQ_TRY(rq_infer_integer(ctx, 1));
    RQ_TRY(rq_infer_integer(ctx, 2));
    RQ_TRY(rq_infer_same(ctx));
    if (!rq_infer_known(ctx, 1) || !rq_infer_known(ctx, 2)) return RQ_OK;
    return read_shifts(ctx->node, ctx->in, shifts);
}

/* The data is cut in two along each shifted dimension; `far` says by bits which halves to move:
 * 0 the part that stays in line, 1 the part that wraps around to the front. */
static void move_part(const rq_call *call, const int64_t *shifts, unsigned far)
{
    const rq_shape *shape = &call->in[0].shape;
    size_t element = rq_element_bytes(call->in[0].dtype);
    int64_t strides[RQ_MAX_RANK], from = 0, to = 0;
    rq_strided_copy copy = {0};
    rq_shape_strides(shape, strides);
    for (int i = 0; i < shape->rank; i++) {
        bool wraps = far >> i & 1;
        int64_t cut = shape->d[i] - shifts[i];
        from += wraps ? cut * strides[i] : 0;
        to += wraps ? 0 : shifts[i] * strides[i];
        rq_strided_copy_add(&copy, wraps ? shifts[i] : cut, strides[i], strides[i]);
    }
    rq_strided_copy_run(&copy, rq_strided_at(call->out[0].data, to, element),
                        rq_strided_from(call->in[0].data, from, element), element);
}

static rq_status run(rq_call *call)
{
    int64_t shifts[RQ_MAX_RANK];
    unsigned shifted = 0;
    RQ_TRY(read_shifts(call->node, call->in, shifts));
    if (rq_tensor_count(&call->in[0]) == 0) return RQ_OK;
    for (int i = 0; i < call->in[0].shape.rank; i++) shifted |= shifts[i] ? 1u << i : 0;
    for (unsigned far = 0; far <= shifted; far++)
        if ((far & ~shifted) == 0) move_part(call, shifts, far);
    return RQ_OK;
}

const rq_op rq_op_Roll = {
    .type = "Roll",
    .opsets = RQ_OPSET(7),
    .role = RQ_ROLE_PASS,
    .flags = RQ_OP_ANY_DTYPE | RQ_OP_MOVES,
    .infer = infer,
    .run = run,
};
