/* Operation Specifications: SearchSorted-15. */
#include "engine/ops/op.h"
#include "engine/ops/common/sort_keys.h"

typedef struct search_sorted_attrs {
    bool right_mode;
    rq_dtype output_type;
} search_sorted_attrs;

static const rq_attr_spec attrs_table[] = {
    {"right_mode", RQ_ATTR_BOOL, offsetof(search_sorted_attrs, right_mode), "false", NULL},
    {"output_type", RQ_ATTR_DTYPE, offsetof(search_sorted_attrs, output_type), "i64", NULL},
    RQ_ATTRS_END,
};

static rq_status infer(rq_infer *ctx)
{
    const search_sorted_attrs *a = ctx->attrs;
    RQ_TRY(rq_infer_arity(ctx, 2, 2));
    RQ_TRY(rq_infer_rank(ctx, 0, 1, RQ_MAX_RANK));
    RQ_TRY(rq_infer_index_type(ctx, "output_type", a->output_type));
    const rq_tensor *sorted = &ctx->in[0], *values = &ctx->in[1];
    bool good = sorted->dtype == values->dtype &&
                (sorted->shape.rank == 1 || sorted->shape.rank == values->shape.rank);
    for (int i = 0; good && i < sorted->shape.rank - 1; i++)
        good = sorted->shape.d[i] == values->shape.d[i];
    if (!good) {
        char left[RQ_SHAPE_TEXT], right[RQ_SHAPE_TEXT];
        return rq_node_fail(ctx->node, RQ_EFORMAT, "sorted %s %s and values %s %s do not fit",
                            rq_dtype_name(sorted->dtype), rq_shape_text(&sorted->shape, left),
                            rq_dtype_name(values->dtype), rq_shape_text(&values->shape, right));
    }
    ctx->out[0].dtype = a->output_type;
    ctx->out[0].shape = values->shape;
    return RQ_OK;
}

/* The first place in [begin, begin + n) whose key is not before `key` (or, to the right, is after
 * it), counted from begin. */
static int64_t search(const rq_tensor *sorted, size_t begin, size_t n, int64_t key, bool right)
{
    size_t low = 0, high = n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int64_t at = rq_sort_key(sorted->data, sorted->dtype, begin + middle);
        if (right ? at <= key : at < key)
            low = middle + 1;
        else
            high = middle;
    }
    return (int64_t)low;
}

static rq_status run(rq_call *call)
{
    const search_sorted_attrs *a = call->attrs;
    const rq_tensor *sorted = &call->in[0], *values = &call->in[1];
    rq_tensor *out = &call->out[0];
    int rank = values->shape.rank;
    size_t n = (size_t)sorted->shape.d[sorted->shape.rank - 1];
    size_t per_row = rank ? (size_t)values->shape.d[rank - 1] : 1;
    for (size_t i = 0; i < rq_tensor_count(values); i++) {
        size_t begin = sorted->shape.rank == 1 ? 0 : i / per_row * n;
        int64_t key = rq_sort_key(values->data, values->dtype, i);
        rq_store_i64(out->data, out->dtype, i, search(sorted, begin, n, key, a->right_mode));
    }
    return RQ_OK;
}

const rq_op rq_op_SearchSorted = {
    .type = "SearchSorted",
    .opsets = RQ_OPSET(15),
    .role = RQ_ROLE_FLOAT,
    .flags = RQ_OP_ANY_DTYPE,
    .attrs_size = sizeof(search_sorted_attrs),
    .attrs = attrs_table,
    .infer = infer,
    .run = run,
};
