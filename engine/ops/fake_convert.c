/* Operation Specifications: FakeConvert-13: x * scale - shift through an 8-bit float and back,
 * every input broadcast to the data. */
#include "engine/ops/common/elementwise.h"

typedef struct fake_convert_attrs {
    rq_dtype type;
} fake_convert_attrs;

static const rq_attr_spec attrs_table[] = {
    {"destination_type", RQ_ATTR_DTYPE, offsetof(fake_convert_attrs, type), "f8e4m3", NULL},
    RQ_ATTRS_END,
};

static rq_status infer(rq_infer *ctx)
{
    const fake_convert_attrs *a = ctx->attrs;
    RQ_TRY(rq_infer_arity(ctx, 2, 3));
    RQ_TRY(rq_infer_floats(ctx, 3));
    if (a->type != RQ_DT_F8E4M3 && a->type != RQ_DT_F8E5M2)
        return rq_node_fail(ctx->node, RQ_EFORMAT, "destination_type %s, expected f8e4m3 or f8e5m2",
                            rq_dtype_name(a->type));
    for (uint32_t i = 1; i < ctx->n_in; i++) {
        rq_shape out;
        RQ_TRY(rq_shape_broadcast(ctx->node, &out, &ctx->in[0].shape, &ctx->in[i].shape));
        if (!rq_shape_equal(&out, &ctx->in[0].shape))
            return rq_node_fail(ctx->node, RQ_EFORMAT, "input %u is larger than the data", i);
    }
    return rq_infer_same(ctx);
}

/* Beyond the largest finite value the conversion clips, as OpenVINO's does. */
static float through(float x, rq_dtype type)
{
    float most = type == RQ_DT_F8E4M3 ? 448.0f : 57344.0f;
    uint8_t code;
    if (x > most) x = most;
    if (x < -most) x = -most;
    rq_store_f64(&code, type, 0, x);
    return (float)rq_load_f64(&code, type, 0);
}

static rq_status run(rq_call *call)
{
    const fake_convert_attrs *a = call->attrs;
    static const float no_shift = 0.0f;
    static const rq_shape scalar = {0, {0}};
    bool shifted = call->n_in > 2;
    const float *x = call->in[0].data, *scale = call->in[1].data;
    const float *shift = shifted ? call->in[2].data : &no_shift;
    const rq_shape *operands[] = {&call->in[0].shape, &call->in[1].shape,
                                  shifted ? &call->in[2].shape : &scalar};
    float *out = call->out[0].data;
    rq_rows rows;
    rq_rows_begin(&rows, &call->out[0].shape, operands, 3);
    for (size_t r = 0; r < rows.count; r++, rq_rows_next(&rows))
        for (size_t i = 0; i < rows.length; i++) {
            int64_t k = (int64_t)i;
            float s = scale[rows.at[1] + k * rows.step[1]],
                  t = shift[rows.at[2] + k * rows.step[2]];
            *out++ = (through(x[rows.at[0] + k * rows.step[0]] * s - t, a->type) + t) / s;
        }
    return RQ_OK;
}

const rq_op rq_op_FakeConvert = {
    .type = "FakeConvert",
    .opsets = RQ_OPSET(13),
    .role = RQ_ROLE_FLOAT,
    .flags = RQ_OP_FAKE_QUANTIZES | RQ_OP_EXACT_CONSTANTS,
    .attrs_size = sizeof(fake_convert_attrs),
    .attrs = attrs_table,
    .infer = infer,
    .run = run,
};
