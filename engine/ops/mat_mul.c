/* Operation Specifications: MatMul-1: batches broadcast; one-dimensional operands get a dimension
 * of 1 in front (input 0) or behind (input 1), which is taken away from the result. */
#include "engine/ops/common/blas.h"
#include "engine/ops/common/elementwise.h"
#include "engine/ops/common/mat_mul.h"
#include "engine/ops/work.h"

static const rq_attr_spec attrs_table[] = {
    {"transpose_a", RQ_ATTR_BOOL, offsetof(rq_mat_mul_attrs, transpose_a), "false", NULL},
    {"transpose_b", RQ_ATTR_BOOL, offsetof(rq_mat_mul_attrs, transpose_b), "false", NULL},
    RQ_ATTRS_END,
};

typedef struct product {
    bool a_transposed, b_transposed; /* never for a one-dimensional operand */
    int64_t m, n, k;
    rq_shape a, b, out; /* batch dimensions only */
    bool drop_m, drop_n;
} product;

static rq_shape batch_of(const rq_shape *s)
{
    rq_shape batch = *s;
    batch.rank -= 2;
    return batch;
}

static rq_status describe(product *p, const rq_node *node, const rq_mat_mul_attrs *attrs,
                          const rq_shape *a, const rq_shape *b)
{
    rq_shape left = *a, right = *b;
    p->drop_m = a->rank == 1;
    p->drop_n = b->rank == 1;
    if (p->drop_m) left = (rq_shape){2, {1, a->d[0]}};
    if (p->drop_n) right = (rq_shape){2, {b->d[0], 1}};
    p->a_transposed = attrs->transpose_a && !p->drop_m;
    p->b_transposed = attrs->transpose_b && !p->drop_n;
    p->m = left.d[left.rank - (p->a_transposed ? 1 : 2)];
    p->k = left.d[left.rank - (p->a_transposed ? 2 : 1)];
    p->n = right.d[right.rank - (p->b_transposed ? 2 : 1)];
    int64_t k = right.d[right.rank - (p->b_transposed ? 1 : 2)];
    if (p->k != k) {
        char x[RQ_SHAPE_TEXT], y[RQ_SHAPE_TEXT];
        return rq_node_fail(node, RQ_EFORMAT, "shapes %s and %s: rows of %lld meet columns of %lld",
                            rq_shape_text(a, x), rq_shape_text(b, y), (long long)p->k,
                            (long long)k);
    }
    p->a = batch_of(&left);
    p->b = batch_of(&right);
    return rq_shape_broadcast(node, &p->out, &p->a, &p->b);
}

static rq_status infer(rq_infer *ctx)
{
    product p;
    RQ_TRY(rq_infer_arity(ctx, 2, 2));
    RQ_TRY(rq_infer_rank(ctx, 0, 1, RQ_MAX_RANK));
    RQ_TRY(rq_infer_rank(ctx, 1, 1, RQ_MAX_RANK));
    if (!rq_dtype_is_float(ctx->in[0].dtype) || ctx->in[1].dtype != ctx->in[0].dtype)
        return rq_node_fail(ctx->node, RQ_EUNSUPPORTED,
                            "inputs are %s and %s, expected one floating "
                            "point type",
                            rq_dtype_name(ctx->in[0].dtype), rq_dtype_name(ctx->in[1].dtype));
    RQ_TRY(describe(&p, ctx->node, ctx->attrs, &ctx->in[0].shape, &ctx->in[1].shape));
    rq_shape *out = &ctx->out[0].shape;
    *out = p.out;
    if (!p.drop_m) out->d[out->rank++] = p.m;
    if (!p.drop_n) out->d[out->rank++] = p.n;
    ctx->out[0].dtype = ctx->in[0].dtype;
    return RQ_OK;
}

static rq_status run(rq_call *call)
{
    product p;
    RQ_TRY(describe(&p, call->node, call->attrs, &call->in[0].shape, &call->in[1].shape));
    const rq_shape *operands[] = {&p.a, &p.b};
    const float *a = call->in[0].data, *b = call->in[1].data;
    float *out = call->out[0].data;
    size_t m = (size_t)p.m, n = (size_t)p.n, k = (size_t)p.k;
    rq_rows rows;
    rq_rows_begin(&rows, &p.out, operands, 2);
    for (size_t r = 0; r < rows.count; r++, rq_rows_next(&rows))
        for (size_t i = 0; i < rows.length; i++, out += m * n) {
            size_t at = (size_t)(rows.at[0] + (int64_t)i * rows.step[0]);
            size_t bt = (size_t)(rows.at[1] + (int64_t)i * rows.step[1]);
            rq_blas_sgemm(p.a_transposed, p.b_transposed, m, n, k, a + at * m * k, b + bt * k * n,
                          0.0f, out);
        }
    return RQ_OK;
}

static double flops(const rq_work_shapes *shapes)
{
    const rq_mat_mul_attrs *attrs = shapes->attrs;
    return 2 * rq_work_count(shapes->out) *
           rq_work_extent(shapes->in[0], attrs->transpose_a ? -2 : -1);
}

const rq_op rq_op_MatMul = {
    .type = "MatMul",
    .opsets = RQ_OPSET(1),
    .role = RQ_ROLE_WEIGHTED,
    .weights = RQ_WEIGHTS_MATRIX,
    .attrs_size = sizeof(rq_mat_mul_attrs),
    .attrs = attrs_table,
    .infer = infer,
    .run = run,
    .flops = flops,
};
