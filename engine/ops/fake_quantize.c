/* Operation Specifications: FakeQuantize-1. For x and ranges il, ih, ol, oh:
 *   x <= min(il, ih): ol;  x > max(il, ih): oh;  else
 *   round((x - il) / (ih - il) * (levels - 1)) / (levels - 1) * (oh - ol) + ol, half to even. */
#include "engine/ops/common/elementwise.h"

typedef struct fake_quantize_attrs {
    int64_t levels;
    rq_broadcast_attrs broadcast;
} fake_quantize_attrs;

static const char *const modes[] = {"numpy", "none", "pdpd", NULL};

static const rq_attr_spec attrs_table[] = {
    {"levels", RQ_ATTR_INT, offsetof(fake_quantize_attrs, levels), NULL, NULL},
    {"auto_broadcast", RQ_ATTR_ENUM, offsetof(fake_quantize_attrs, broadcast.mode), "numpy", modes},
    {"axis", RQ_ATTR_INT, offsetof(fake_quantize_attrs, broadcast.axis), "-1", NULL},
    RQ_ATTRS_END,
};

static rq_status infer(rq_infer *ctx)
{
    const fake_quantize_attrs *a = ctx->attrs;
    RQ_TRY(rq_infer_arity(ctx, 5, 5));
    RQ_TRY(rq_infer_floats(ctx, 5));
    if (a->levels < 2)
        return rq_node_fail(ctx->node, RQ_EFORMAT, "levels %lld, expected at least 2",
                            (long long)a->levels);
    for (uint32_t i = 1; i < 5; i++) {
        rq_shape out;
        rq_shape range = rq_broadcast_operand(&a->broadcast, &ctx->in[0].shape, &ctx->in[i].shape);
        RQ_TRY(rq_shape_broadcast(ctx->node, &out, &ctx->in[0].shape, &range));
        if (!rq_shape_equal(&out, &ctx->in[0].shape))
            return rq_node_fail(ctx->node, RQ_EFORMAT, "range input %u is larger than the data", i);
    }
    return rq_infer_same(ctx);
}

typedef struct range {
    float il, ih, ol, oh, levels; /* levels - 1 */
} range;

static float quantize(float x, const range *r)
{
    float low = r->il < r->ih ? r->il : r->ih, high = r->il < r->ih ? r->ih : r->il;
    if (x <= low) return r->ol;
    if (x > high) return r->oh;
    float q = nearbyintf((x - r->il) / (r->ih - r->il) * r->levels);
    return q / r->levels * (r->oh - r->ol) + r->ol;
}

/* One range for a whole row: the same arithmetic, written so that compilers vectorise it. Adding
 * and taking away 1.5 * 2^23 rounds half to even. */
static void quantize_row(float *out, const float *x, size_t n, const range *r)
{
    const float magic = 12582912.0f;
    for (size_t i = 0; i < n; i++) {
        float scaled = (x[i] - r->il) / (r->ih - r->il) * r->levels;
        float q = (scaled + magic) - magic;
        float y = q / r->levels * (r->oh - r->ol) + r->ol;
        y = x[i] > r->ih ? r->oh : y;
        out[i] = x[i] <= r->il ? r->ol : y;
    }
}

static bool fits_row(const range *r)
{
    return r->il < r->ih && r->levels <= 65536.0f;
}

static rq_status run(rq_call *call)
{
    const fake_quantize_attrs *a = call->attrs;
    rq_rows rows;
    rq_shape shapes[5];
    const rq_shape *operands[5];
    const float *in[5];
    float *out = call->out[0].data;
    for (int k = 0; k < 5; k++) {
        shapes[k] = rq_broadcast_operand(&a->broadcast, &call->in[0].shape, &call->in[k].shape);
        operands[k] = &shapes[k];
        in[k] = call->in[k].data;
    }
    rq_rows_begin(&rows, &call->out[0].shape, operands, 5);
    for (size_t r = 0; r < rows.count; r++, rq_rows_next(&rows), out += rows.length) {
        range now = {in[1][rows.at[1]], in[2][rows.at[2]], in[3][rows.at[3]], in[4][rows.at[4]],
                     (float)(a->levels - 1)};
        bool constant = !(rows.step[1] | rows.step[2] | rows.step[3] | rows.step[4]);
        if (constant && fits_row(&now)) {
            quantize_row(out, in[0] + rows.at[0], rows.length, &now);
            continue;
        }
        for (size_t i = 0; i < rows.length; i++) {
            int64_t s = (int64_t)i;
            now.il = in[1][rows.at[1] + s * rows.step[1]];
            now.ih = in[2][rows.at[2] + s * rows.step[2]];
            now.ol = in[3][rows.at[3] + s * rows.step[3]];
            now.oh = in[4][rows.at[4] + s * rows.step[4]];
            out[i] = quantize(in[0][rows.at[0] + s * rows.step[0]], &now);
        }
    }
    return RQ_OK;
}

const rq_op rq_op_FakeQuantize = {
    .type = "FakeQuantize",
    .opsets = RQ_OPSET(1),
    .role = RQ_ROLE_FLOAT,
    .flags = RQ_OP_INPLACE | RQ_OP_FAKE_QUANTIZES | RQ_OP_EXACT_CONSTANTS,
    .attrs_size = sizeof(fake_quantize_attrs),
    .attrs = attrs_table,
    .infer = infer,
    .run = run,
};
