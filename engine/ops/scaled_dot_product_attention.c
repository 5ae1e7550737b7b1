/* Operation Specifications: ScaledDotProductAttention-13:
 *   softmax(Q K^T * scale + mask) V, scale = 1 / sqrt(width of Q) unless given.
 * Q [..., L, E], K [..., S, E], V [..., S, Ev]; a boolean mask keeps where it is true; causal keeps
 * keys up to the query's position. Batches broadcast. */
#include "engine/ops/common/blas.h"
#include "engine/ops/common/elementwise.h"
#include "engine/ops/work.h"

typedef struct attention_attrs {
    bool causal;
} attention_attrs;

static const rq_attr_spec attrs_table[] = {
    {"causal", RQ_ATTR_BOOL, offsetof(attention_attrs, causal), "false", NULL},
    RQ_ATTRS_END,
};

typedef struct attention {
    size_t queries, keys, width, value_width;
    rq_shape q, k, v, mask, batch; /* batch dimensions */
} attention;

static rq_shape batch_of(const rq_shape *s)
{
    rq_shape b = *s;
    b.rank -= 2;
    return b;
}

static bool has_mask(const rq_tensor *in, uint32_t n_in)
{
    return rq_input_given(in, n_in, 3) && in[3].shape.rank >= 2;
}

static rq_status describe(attention *a, const rq_node *node, const rq_tensor *in, uint32_t n_in)
{
    const rq_shape *q = &in[0].shape, *k = &in[1].shape, *v = &in[2].shape;
    if (q->rank < 2 || k->rank < 2 || v->rank < 2 || q->d[q->rank - 1] != k->d[k->rank - 1] ||
        k->d[k->rank - 2] != v->d[v->rank - 2])
        return rq_node_fail(node, RQ_EFORMAT, "shapes of query, key and value do not fit");
    a->queries = (size_t)q->d[q->rank - 2];
    a->width = (size_t)q->d[q->rank - 1];
    a->keys = (size_t)k->d[k->rank - 2];
    a->value_width = (size_t)v->d[v->rank - 1];
    a->q = batch_of(q);
    a->k = batch_of(k);
    a->v = batch_of(v);
    RQ_TRY(rq_shape_broadcast(node, &a->batch, &a->q, &a->k));
    RQ_TRY(rq_shape_broadcast(node, &a->batch, &a->batch, &a->v));
    a->mask = RQ_SHAPE_SCALAR;
    if (!has_mask(in, n_in)) return RQ_OK;
    const rq_shape *m = &in[3].shape;
    a->mask = batch_of(m);
    bool fits = (m->d[m->rank - 2] == 1 || m->d[m->rank - 2] == (int64_t)a->queries) &&
                (m->d[m->rank - 1] == 1 || m->d[m->rank - 1] == (int64_t)a->keys);
    if (!fits) return rq_node_fail(node, RQ_EFORMAT, "the mask does not fit queries and keys");
    return rq_shape_broadcast(node, &a->batch, &a->batch, &a->mask);
}

static rq_status infer(rq_infer *ctx)
{
    attention a;
    RQ_TRY(rq_infer_arity(ctx, 3, 5));
    RQ_TRY(rq_infer_floats(ctx, 3));
    RQ_TRY(describe(&a, ctx->node, ctx->in, ctx->n_in));
    ctx->out[0].dtype = ctx->in[0].dtype;
    ctx->out[0].shape = a.batch;
    ctx->out[0].shape.d[ctx->out[0].shape.rank++] = (int64_t)a.queries;
    ctx->out[0].shape.d[ctx->out[0].shape.rank++] = (int64_t)a.value_width;
    return RQ_OK;
}

static size_t scratch(const rq_infer *ctx)
{
    attention a;
    if (describe(&a, ctx->node, ctx->in, ctx->n_in) != RQ_OK) return 0;
    return a.queries * a.keys * sizeof(float);
}

/* Adds the mask's row to a row of scores. */
static void mask_row(float *scores, const attention *a, const rq_tensor *mask, size_t batch,
                     size_t query)
{
    const rq_shape *s = &mask->shape;
    size_t rows = (size_t)s->d[s->rank - 2], columns = (size_t)s->d[s->rank - 1];
    size_t from = (batch * rows + (rows == 1 ? 0 : query)) * columns;
    for (size_t k = 0; k < a->keys; k++) {
        size_t at = from + (columns == 1 ? 0 : k);
        if (mask->dtype == RQ_DT_BOOL) {
            if (!((const uint8_t *)mask->data)[at]) scores[k] = -INFINITY;
        } else {
            scores[k] += (float)rq_load_f64(mask->data, mask->dtype, at);
        }
    }
}

static void softmax_row(float *scores, size_t n)
{
    float most = -INFINITY;
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) most = fmaxf(most, scores[i]);
    for (size_t i = 0; i < n; i++) {
        scores[i] = most == -INFINITY ? 0.0f : expf(scores[i] - most);
        sum += scores[i];
    }
    for (size_t i = 0; i < n; i++) scores[i] = sum > 0.0 ? (float)(scores[i] / sum) : 0.0f;
}

static rq_status run(rq_call *call)
{
    const attention_attrs *attrs = call->attrs;
    attention a;
    rq_rows rows;
    RQ_TRY(describe(&a, call->node, call->in, call->n_in));
    bool masked = has_mask(call->in, call->n_in) && !attrs->causal;
    float scale = rq_input_given(call->in, call->n_in, 4)
                      ? (float)rq_load_f64(call->in[4].data, call->in[4].dtype, 0)
                      : (float)(1.0 / sqrt((double)a.width));
    const rq_shape *operands[] = {&a.q, &a.k, &a.v, &a.mask};
    const float *q = call->in[0].data, *k = call->in[1].data, *v = call->in[2].data;
    float *out = call->out[0].data, *scores = call->scratch;
    rq_rows_begin(&rows, &a.batch, operands, 4);
    for (size_t r = 0; r < rows.count; r++, rq_rows_next(&rows))
        for (size_t i = 0; i < rows.length; i++, out += a.queries * a.value_width) {
            size_t at[4];
            for (int o = 0; o < 4; o++) at[o] = (size_t)(rows.at[o] + (int64_t)i * rows.step[o]);
            rq_blas_sgemm(false, true, a.queries, a.keys, a.width, q + at[0] * a.queries * a.width,
                          k + at[1] * a.keys * a.width, 0.0f, scores);
            for (size_t l = 0; l < a.queries; l++) {
                float *row = scores + l * a.keys;
                for (size_t s = 0; s < a.keys; s++)
                    row[s] = attrs->causal && s > l ? -INFINITY : row[s] * scale;
                if (masked) mask_row(row, &a, &call->in[3], at[3], l);
                softmax_row(row, a.keys);
            }
            rq_blas_sgemm(false, false, a.queries, a.value_width, a.keys, scores,
                          v + at[2] * a.keys * a.value_width, 0.0f, out);
        }
    return RQ_OK;
}

/* Two products, both over the length of the sequence of keys. */
static double flops(const rq_work_shapes *shapes)
{
    return 2 * rq_work_extent(shapes->in[1], -2) *
           (rq_work_count(shapes->in[0]) + rq_work_count(shapes->out));
}

/* Queries and keys are quantized: what comes of them passes a softmax in floating point, and
 * OpenVINO multiplies that with the values in floating point too. */
const rq_op rq_op_ScaledDotProductAttention = {
    .type = "ScaledDotProductAttention",
    .opsets = RQ_OPSET(13),
    .role = RQ_ROLE_QUANTIZE,
    .attrs_size = sizeof(attention_attrs),
    .attrs = attrs_table,
    .infer = infer,
    .scratch = scratch,
    .run = run,
    .flops = flops,
};
