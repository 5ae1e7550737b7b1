/* Operation Specifications: NonZero-3. */
#include "engine/ops/op.h"

typedef struct non_zero_attrs {
    rq_dtype output_type;
} non_zero_attrs;

static const rq_attr_spec attrs_table[] = {
    {"output_type", RQ_ATTR_DTYPE, offsetof(non_zero_attrs, output_type), "i64", NULL},
    RQ_ATTRS_END,
};

static rq_status infer(rq_infer *ctx)
{
    const non_zero_attrs *a = ctx->attrs;
    RQ_TRY(rq_infer_arity(ctx, 1, 1));
    const rq_tensor *in = &ctx->in[0];
    RQ_TRY(rq_infer_index_type(ctx, "output_type", a->output_type));
    ctx->out[0].dtype = a->output_type;
    if (!rq_infer_known(ctx, 0)) return rq_infer_defer(ctx);
    int64_t count = 0;
    for (size_t i = 0; i < rq_tensor_count(in); i++)
        count += rq_load_f64(in->data, in->dtype, i) != 0;
    ctx->out[0].shape = (rq_shape){2, {in->shape.rank, count}};
    return RQ_OK;
}

static rq_status run(rq_call *call)
{
    const rq_tensor *in = &call->in[0];
    rq_tensor *out = &call->out[0];
    size_t n = (size_t)out->shape.d[1], found = 0;
    for (size_t i = 0; i < rq_tensor_count(in); i++) {
        if (rq_load_f64(in->data, in->dtype, i) == 0) continue;
        size_t rest = i;
        for (int k = in->shape.rank - 1; k >= 0; k--) {
            int64_t at = (int64_t)(rest % (size_t)in->shape.d[k]);
            rest /= (size_t)in->shape.d[k];
            rq_store_i64(out->data, out->dtype, (size_t)k * n + found, at);
        }
        found++;
    }
    return RQ_OK;
}

const rq_op rq_op_NonZero = {
    .type = "NonZero",
    .opsets = RQ_OPSET(3),
    .role = RQ_ROLE_FLOAT,
    .flags = RQ_OP_ANY_DTYPE,
    .attrs_size = sizeof(non_zero_attrs),
    .attrs = attrs_table,
    .infer = infer,
    .run = run,
};
