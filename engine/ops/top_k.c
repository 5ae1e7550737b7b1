/* Operation Specifications: TopK-1, TopK-3, TopK-11. Equal values keep the order of their indices,
 * whether `stable` asks for it or not. */
#include "engine/ops/common/strided_copy.h"
#include "engine/ops/common/sort_keys.h"

#include <inttypes.h>
#include <string.h>

typedef struct top_k_attrs {
    int64_t axis;
    int mode, sort;
    rq_dtype index_element_type;
} top_k_attrs;

static const char *const modes[] = {"max", "min", NULL};
static const char *const sorts[] = {"none", "value", "index", NULL};
enum { SORT_INDEX = 2 };

static const rq_attr_spec attrs_table[] = {
    {"axis", RQ_ATTR_INT, offsetof(top_k_attrs, axis), NULL, NULL},
    {"mode", RQ_ATTR_ENUM, offsetof(top_k_attrs, mode), NULL, modes},
    {"sort", RQ_ATTR_ENUM, offsetof(top_k_attrs, sort), NULL, sorts},
    {"index_element_type", RQ_ATTR_DTYPE, offsetof(top_k_attrs, index_element_type), "i32", NULL},
    RQ_ATTRS_END,
};

static rq_status infer(rq_infer *ctx)
{
    const top_k_attrs *a = ctx->attrs;
    int axis;
    int64_t k;
    RQ_TRY(rq_infer_arity(ctx, 2, 2));
    RQ_TRY(rq_infer_rank(ctx, 0, 1, RQ_MAX_RANK));
    RQ_TRY(rq_infer_whole_bytes(ctx, 0));
    if (ctx->n_out != 2 || !rq_is_index_type(a->index_element_type))
        return rq_node_fail(ctx->node, RQ_EFORMAT,
                            "%u outputs with indices of type %s, expected 2 "
                            "with i32 or i64",
                            ctx->n_out, rq_dtype_name(a->index_element_type));
    ctx->out[0].dtype = ctx->in[0].dtype;
    ctx->out[1].dtype = a->index_element_type;
    rq_shape shape = ctx->in[0].shape;
    RQ_TRY(rq_node_axis(ctx->node, &axis, a->axis, shape.rank));
    if (!rq_infer_known(ctx, 1)) return rq_infer_defer(ctx);
    RQ_TRY(rq_tensor_int(ctx->node, &ctx->in[1], &k));
    if (k < 0 || k > shape.d[axis])
        return rq_node_fail(ctx->node, RQ_EFORMAT, "k %" PRId64 ", expected 0 to %" PRId64, k,
                            shape.d[axis]);
    shape.d[axis] = k;
    ctx->out[0].shape = ctx->out[1].shape = shape;
    return RQ_OK;
}

static size_t scratch(const rq_infer *ctx)
{
    const top_k_attrs *a = ctx->attrs;
    int axis;
    if (rq_node_axis(ctx->node, &axis, a->axis, ctx->in[0].shape.rank) != RQ_OK) return 0;
    return (size_t)ctx->in[0].shape.d[axis] * sizeof(rq_sort_item);
}

/* One line of n elements, `step` apart, from `at` in the input to `to` in the outputs. */
static void select_line(const rq_call *call, size_t at, size_t to, size_t n, size_t k, size_t step)
{
    const top_k_attrs *a = call->attrs;
    const rq_tensor *in = &call->in[0];
    size_t element = rq_element_bytes(in->dtype);
    rq_sort_item *items = call->scratch;
    for (size_t i = 0; i < n; i++) {
        int64_t key = rq_sort_key(in->data, in->dtype, at + i * step);
        items[i] = (rq_sort_item){a->mode == 0 ? ~key : key, (int64_t)i};
    }
    rq_sort_first(items, n, k);
    if (a->sort == SORT_INDEX) rq_sort_by_index(items, k);
    for (size_t i = 0; i < k; i++) {
        size_t from = at + (size_t)items[i].index * step;
        memcpy((char *)call->out[0].data + (to + i * step) * element,
               (const char *)in->data + from * element, element);
        rq_store_i64(call->out[1].data, call->out[1].dtype, to + i * step, items[i].index);
    }
}

static rq_status run(rq_call *call)
{
    const top_k_attrs *a = call->attrs;
    const rq_shape *in = &call->in[0].shape;
    int axis;
    RQ_TRY(rq_node_axis(call->node, &axis, a->axis, in->rank));
    size_t n = (size_t)in->d[axis], k = (size_t)call->out[0].shape.d[axis];
    size_t outer = rq_shape_span(in, 0, axis), inner = rq_shape_span(in, axis + 1, in->rank);
    for (size_t o = 0; o < outer; o++)
        for (size_t i = 0; i < inner; i++)
            select_line(call, o * n * inner + i, o * k * inner + i, n, k, inner);
    return RQ_OK;
}

const rq_op rq_op_TopK = {
    .type = "TopK",
    .opsets = RQ_OPSET(1) | RQ_OPSET(3) | RQ_OPSET(11),
    .role = RQ_ROLE_FLOAT,
    .flags = RQ_OP_ANY_DTYPE | RQ_OP_SELECTS,
    .attrs_size = sizeof(top_k_attrs),
    .attrs = attrs_table,
    .infer = infer,
    .scratch = scratch,
    .run = run,
};
