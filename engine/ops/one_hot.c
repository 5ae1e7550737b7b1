/* Operation Specifications: OneHot-1, OneHot-16. */
#include "engine/ops/common/strided_copy.h"

#include <inttypes.h>
#include <string.h>

typedef struct one_hot_attrs {
    int64_t axis;
    int negative_indices_mode;
} one_hot_attrs;

static const char *const modes[] = {"ignore_negative", "normalize", NULL};

static const rq_attr_spec attrs_table[] = {
    {"axis", RQ_ATTR_INT, offsetof(one_hot_attrs, axis), "-1", NULL},
    {"negative_indices_mode", RQ_ATTR_ENUM, offsetof(one_hot_attrs, negative_indices_mode),
     "ignore_negative", modes},
    RQ_ATTRS_END,
};

static rq_status check_inputs(const rq_infer *ctx)
{
    RQ_TRY(rq_infer_arity(ctx, 4, 4));
    RQ_TRY(rq_infer_rank(ctx, 0, 0, RQ_MAX_RANK - 1));
    RQ_TRY(rq_infer_whole_bytes(ctx, 2));
    RQ_TRY(rq_infer_integer(ctx, 0));
    if (ctx->in[2].dtype == ctx->in[3].dtype && rq_tensor_count(&ctx->in[2]) == 1 &&
        rq_tensor_count(&ctx->in[3]) == 1)
        return RQ_OK;
    return rq_node_fail(ctx->node, RQ_EFORMAT, "the on and off values must be scalars of one type");
}

static rq_status infer(rq_infer *ctx)
{
    const one_hot_attrs *a = ctx->attrs;
    const rq_shape *in = &ctx->in[0].shape;
    int axis;
    int64_t depth;
    RQ_TRY(check_inputs(ctx));
    RQ_TRY(rq_node_axis(ctx->node, &axis, a->axis, in->rank + 1));
    ctx->out[0].dtype = ctx->in[2].dtype;
    if (!rq_infer_known(ctx, 1)) return rq_infer_defer(ctx);
    RQ_TRY(rq_tensor_int(ctx->node, &ctx->in[1], &depth));
    if (depth < 0)
        return rq_node_fail(ctx->node, RQ_EFORMAT, "depth %" PRId64 ", expected 0 or more", depth);
    rq_shape shape = {.rank = in->rank + 1};
    for (int i = 0; i < shape.rank; i++)
        shape.d[i] = i == axis ? depth : in->d[i < axis ? i : i - 1];
    ctx->out[0].shape = shape;
    return RQ_OK;
}

static rq_status run(rq_call *call)
{
    const one_hot_attrs *a = call->attrs;
    const rq_tensor *indices = &call->in[0];
    rq_tensor *out = &call->out[0];
    int axis;
    RQ_TRY(rq_node_axis(call->node, &axis, a->axis, out->shape.rank));
    size_t element = rq_element_bytes(out->dtype), count = rq_tensor_count(out);
    size_t inner = rq_shape_span(&indices->shape, axis, indices->shape.rank);
    int64_t depth = out->shape.d[axis];
    char *dst = out->data;
    for (size_t i = 0; i < count; i++) memcpy(dst + i * element, call->in[3].data, element);
    for (size_t i = 0; i < rq_tensor_count(indices); i++) {
        int64_t index = rq_load_i64(indices->data, indices->dtype, i);
        if (index < 0 && a->negative_indices_mode == 1) index += depth;
        if (index < 0 || index >= depth) continue;
        size_t at = (i / inner * (size_t)depth + (size_t)index) * inner + i % inner;
        memcpy(dst + at * element, call->in[2].data, element);
    }
    return RQ_OK;
}

const rq_op rq_op_OneHot = {
    .type = "OneHot",
    .opsets = RQ_OPSET(1) | RQ_OPSET(16),
    .role = RQ_ROLE_FLOAT,
    .flags = RQ_OP_ANY_DTYPE | RQ_OP_EXACT_CONSTANTS,
    .attrs_size = sizeof(one_hot_attrs),
    .attrs = attrs_table,
    .infer = infer,
    .run = run,
};
