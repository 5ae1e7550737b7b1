/* Operation Specifications: CumSum-3: running sum along an axis; exclusive leaves the element
 * itself out, reverse runs from the end. */
#include "engine/ops/op.h"

typedef struct cum_sum_attrs {
    bool exclusive, reverse;
} cum_sum_attrs;

static const rq_attr_spec attrs_table[] = {
    {"exclusive", RQ_ATTR_BOOL, offsetof(cum_sum_attrs, exclusive), "false", NULL},
    {"reverse", RQ_ATTR_BOOL, offsetof(cum_sum_attrs, reverse), "false", NULL},
    RQ_ATTRS_END,
};

static rq_status find_axis(int *axis, const rq_node *node, const rq_tensor *in)
{
    int64_t given = 0;
    RQ_TRY(rq_tensor_int(node, &in[1], &given));
    rq_status status = rq_axis_normalize(axis, given, in[0].shape.rank, "axis");
    return status == RQ_OK ? RQ_OK : rq_fail_prefix(status, "layer '%s' (CumSum)", node->name);
}

static rq_status infer(rq_infer *ctx)
{
    int axis;
    RQ_TRY(rq_infer_arity(ctx, 2, 2));
    if (rq_infer_known(ctx, 1)) RQ_TRY(find_axis(&axis, ctx->node, ctx->in));
    return rq_infer_same(ctx);
}

static void sum_line(const rq_tensor *out, const rq_tensor *x, size_t start, size_t n,
                     size_t stride, const cum_sum_attrs *a)
{
    bool is_float = rq_dtype_is_float(x->dtype);
    double real = 0.0;
    uint64_t whole = 0;
    for (size_t k = 0; k < n; k++) {
        size_t at = start + (a->reverse ? n - 1 - k : k) * stride;
        double before = real;
        uint64_t whole_before = whole;
        if (is_float) {
            real += rq_load_f64(x->data, x->dtype, at);
            rq_store_f64(out->data, out->dtype, at, a->exclusive ? before : real);
        } else {
            whole += (uint64_t)rq_load_i64(x->data, x->dtype, at);
            rq_store_i64(out->data, out->dtype, at, (int64_t)(a->exclusive ? whole_before : whole));
        }
    }
}

static rq_status run(rq_call *call)
{
    const rq_shape *s = &call->in[0].shape;
    int axis;
    RQ_TRY(find_axis(&axis, call->node, call->in));
    size_t outer = rq_shape_span(s, 0, axis), inner = rq_shape_span(s, axis + 1, s->rank);
    size_t n = (size_t)s->d[axis];
    for (size_t o = 0; o < outer; o++)
        for (size_t i = 0; i < inner; i++)
            sum_line(&call->out[0], &call->in[0], o * n * inner + i, n, inner, call->attrs);
    return RQ_OK;
}

const rq_op rq_op_CumSum = {
    .type = "CumSum",
    .opsets = RQ_OPSET(3),
    .role = RQ_ROLE_FLOAT,
    .attrs_size = sizeof(cum_sum_attrs),
    .attrs = attrs_table,
    .infer = infer,
    .run = run,
};
