/* Operation Specifications: RandomUniform-8: numbers from min to max by Philox 4x32-10 (Salmon et
 * al. 2011, "Parallel Random Numbers: As Easy as 1, 2, 3"), in the order of OpenVINO's CPU plugin,
 * for which i64 are of 32 bits, too. Every run gives the same ones. */
#include "engine/ops/common/strided_copy.h"

#include <string.h>

typedef struct random_attrs {
    rq_dtype output_type;
    int64_t global_seed, op_seed;
} random_attrs;

static const rq_attr_spec attrs_table[] = {
    {"output_type", RQ_ATTR_DTYPE, offsetof(random_attrs, output_type), NULL, NULL},
    {"global_seed", RQ_ATTR_INT, offsetof(random_attrs, global_seed), "0", NULL},
    {"op_seed", RQ_ATTR_INT, offsetof(random_attrs, op_seed), "0", NULL},
    RQ_ATTRS_END,
};

static rq_status infer(rq_infer *ctx)
{
    const random_attrs *a = ctx->attrs;
    int64_t dims[RQ_MAX_RANK];
    size_t rank;
    RQ_TRY(rq_infer_arity(ctx, 3, 3));
    for (uint32_t i = 1; i < 3; i++) RQ_TRY(rq_infer_whole_bytes(ctx, i));
    if (a->output_type != RQ_DT_F32 && a->output_type != RQ_DT_I32 && a->output_type != RQ_DT_I64)
        return rq_node_fail(ctx->node, RQ_EUNSUPPORTED, "numbers of type %s",
                            rq_dtype_name(a->output_type));
    ctx->out[0].dtype = a->output_type;
    if (!rq_infer_known(ctx, 0)) return rq_infer_defer(ctx);
    RQ_TRY(rq_tensor_ints(ctx->node, &ctx->in[0], dims, RQ_MAX_RANK, &rank));
    ctx->out[0].shape = rq_shape_make((int)rank, dims);
    return rq_shape_check(&ctx->out[0].shape, false, "shape");
}

/* One counter's four words. */
static void philox(uint32_t out[4], uint64_t key, uint64_t n, uint64_t counter)
{
    uint32_t k[2] = {(uint32_t)key, (uint32_t)(key >> 32)};
    uint32_t c[4] = {(uint32_t)n, (uint32_t)(n >> 32), (uint32_t)counter,
                     (uint32_t)(counter >> 32)};
    for (int round = 0; round < 10; round++) {
        uint64_t x = UINT64_C(0xD2511F53) * c[0], y = UINT64_C(0xCD9E8D57) * c[2];
        uint32_t next[4] = {(uint32_t)(y >> 32) ^ c[1] ^ k[0], (uint32_t)y,
                            (uint32_t)(x >> 32) ^ c[3] ^ k[1], (uint32_t)x};
        memcpy(c, next, sizeof c);
        k[0] += UINT32_C(0x9E3779B9);
        k[1] += UINT32_C(0xBB67AE85);
    }
    memcpy(out, c, sizeof c);
}

/* The low 23 bits as a fraction. */
static float fraction(uint32_t word)
{
    uint32_t bits = (word & UINT32_C(0x7fffff)) | UINT32_C(0x3f800000);
    float x;
    memcpy(&x, &bits, sizeof x);
    return x - 1.0f;
}

static void store(const rq_call *call, size_t i, const uint32_t *words)
{
    rq_tensor *out = &call->out[0];
    if (out->dtype == RQ_DT_F32) {
        float low = (float)rq_load_f64(call->in[1].data, call->in[1].dtype, 0);
        float high = (float)rq_load_f64(call->in[2].data, call->in[2].dtype, 0);
        ((float *)out->data)[i] = fraction(words[0]) * (high - low) + low;
        return;
    }
    int64_t low = rq_load_i64(call->in[1].data, call->in[1].dtype, 0);
    uint64_t span = (uint64_t)rq_load_i64(call->in[2].data, call->in[2].dtype, 0) - (uint64_t)low;
    rq_store_i64(out->data, out->dtype, i, (int64_t)((uint64_t)low + (span ? words[0] % span : 0)));
}

static rq_status run(rq_call *call)
{
    const random_attrs *a = call->attrs;
    size_t n = rq_tensor_count(&call->out[0]);
    uint32_t words[4];
    if (!rq_tensor_count(&call->in[1]) || !rq_tensor_count(&call->in[2]))
        return rq_node_fail(call->node, RQ_EFORMAT, "it has no bounds");
    for (size_t i = 0; i < n; i++) {
        if (i % 4 == 0) philox(words, (uint64_t)a->global_seed, i / 4, (uint64_t)a->op_seed);
        store(call, i, words + i % 4);
    }
    return RQ_OK;
}

const rq_op rq_op_RandomUniform = {
    .type = "RandomUniform",
    .opsets = RQ_OPSET(8),
    .role = RQ_ROLE_FLOAT,
    .flags = RQ_OP_NO_FOLD,
    .attrs_size = sizeof(random_attrs),
    .attrs = attrs_table,
    .infer = infer,
    .run = run,
};
