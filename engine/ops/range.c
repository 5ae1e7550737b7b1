/* Operation Specifications: Range-1, Range-4. */
#include "engine/ops/op.h"

#include <math.h>

typedef struct range_attrs {
    rq_dtype output_type; /* Range-4; undefined: that of the inputs */
} range_attrs;

static const rq_attr_spec attrs_table[] = {
    {"output_type", RQ_ATTR_DTYPE, offsetof(range_attrs, output_type), "undefined", NULL},
    RQ_ATTRS_END,
};

static rq_status count_floats(const rq_infer *ctx, int64_t *n)
{
    double v[3];
    for (int i = 0; i < 3; i++) v[i] = rq_load_f64(ctx->in[i].data, ctx->in[i].dtype, 0);
    if (!isfinite(v[0]) || !isfinite(v[1]) || !isfinite(v[2]) || v[2] == 0)
        return rq_node_fail(ctx->node, RQ_EARG,
                            "start %g, stop %g, step %g, expected finite "
                            "numbers and a step other than 0",
                            v[0], v[1], v[2]);
    double count = ceil((v[1] - v[0]) / v[2]);
    *n = count <= 0 ? 0 : count < (double)RQ_MAX_ELEMENTS ? (int64_t)count : RQ_MAX_ELEMENTS + 1;
    return RQ_OK;
}

static rq_status count_integers(const rq_infer *ctx, int64_t *n)
{
    int64_t v[3];
    for (int i = 0; i < 3; i++) v[i] = rq_load_i64(ctx->in[i].data, ctx->in[i].dtype, 0);
    if (v[2] == 0) return rq_node_fail(ctx->node, RQ_EARG, "step 0");
    bool up = v[2] > 0;
    if (up ? v[1] <= v[0] : v[1] >= v[0]) {
        *n = 0;
        return RQ_OK;
    }
    uint64_t span = up ? (uint64_t)v[1] - (uint64_t)v[0] : (uint64_t)v[0] - (uint64_t)v[1];
    uint64_t step = up ? (uint64_t)v[2] : 0 - (uint64_t)v[2];
    uint64_t count = (span - 1) / step + 1;
    *n = count > (uint64_t)RQ_MAX_ELEMENTS ? RQ_MAX_ELEMENTS + 1 : (int64_t)count;
    return RQ_OK;
}

static rq_status infer(rq_infer *ctx)
{
    const range_attrs *a = ctx->attrs;
    RQ_TRY(rq_infer_arity(ctx, 3, 3));
    rq_dtype dt = a->output_type == RQ_DT_UNDEFINED ? ctx->in[0].dtype : a->output_type;
    ctx->out[0].dtype = dt;
    if (rq_dtype_bits(dt) < 8 || dt == RQ_DT_BOOL)
        return rq_node_fail(ctx->node, RQ_EUNSUPPORTED, "output type %s", rq_dtype_name(dt));
    for (uint32_t i = 0; i < 3; i++) {
        if (rq_tensor_count(&ctx->in[i]) != 1)
            return rq_node_fail(ctx->node, RQ_EFORMAT, "input %u has %zu elements, expected 1", i,
                                rq_tensor_count(&ctx->in[i]));
        if (!ctx->in[i].data) return rq_infer_defer(ctx);
    }
    int64_t n = 0;
    /* For integer outputs the inputs are truncated first. */
    RQ_TRY(rq_dtype_is_float(dt) ? count_floats(ctx, &n) : count_integers(ctx, &n));
    ctx->out[0].shape = (rq_shape){1, {n}};
    return RQ_OK;
}

static rq_status run(rq_call *call)
{
    const rq_tensor *in = call->in;
    rq_tensor *out = &call->out[0];
    size_t n = rq_tensor_count(out);
    if (!rq_dtype_is_float(out->dtype)) {
        int64_t start = rq_load_i64(in[0].data, in[0].dtype, 0);
        int64_t step = rq_load_i64(in[2].data, in[2].dtype, 0);
        for (size_t i = 0; i < n; i++)
            rq_store_i64(out->data, out->dtype, i, (int64_t)((uint64_t)start + (uint64_t)step * i));
        return RQ_OK;
    }
    double start = rq_load_f64(in[0].data, in[0].dtype, 0);
    double step = rq_load_f64(in[2].data, in[2].dtype, 0);
    for (size_t i = 0; i < n; i++) rq_store_f64(out->data, out->dtype, i, start + step * (double)i);
    return RQ_OK;
}

const rq_op rq_op_Range = {
    .type = "Range",
    .opsets = RQ_OPSET(1) | RQ_OPSET(4),
    .role = RQ_ROLE_FLOAT,
    .flags = RQ_OP_ANY_DTYPE | RQ_OP_EXACT_CONSTANTS,
    .attrs_size = sizeof(range_attrs),
    .attrs = attrs_table,
    .infer = infer,
    .run = run,
};
