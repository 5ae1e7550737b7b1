/* Operation Specifications: Inverse-14, by elimination with row pivots in double precision. With
 * attribute adjoint, of the transposed matrix (as OpenVINO's CPU plugin has it). */
#include "engine/ops/op.h"

#include <math.h>

typedef struct inverse_attrs {
    bool adjoint;
} inverse_attrs;

static const rq_attr_spec attrs_table[] = {
    {"adjoint", RQ_ATTR_BOOL, offsetof(inverse_attrs, adjoint), "false", NULL},
    RQ_ATTRS_END,
};

static rq_status infer(rq_infer *ctx)
{
    RQ_TRY(rq_infer_arity(ctx, 1, 1));
    RQ_TRY(rq_infer_rank(ctx, 0, 2, RQ_MAX_RANK));
    const rq_shape *in = &ctx->in[0].shape;
    char text[RQ_SHAPE_TEXT];
    if (in->d[in->rank - 1] != in->d[in->rank - 2] || !rq_dtype_is_float(ctx->in[0].dtype))
        return rq_node_fail(ctx->node, RQ_EFORMAT,
                            "input %s of %s, expected square matrices of "
                            "floats",
                            rq_shape_text(in, text), rq_dtype_name(ctx->in[0].dtype));
    return rq_infer_same(ctx);
}

/* A matrix and its inverse in the making. */
static size_t scratch(const rq_infer *ctx)
{
    size_t n = (size_t)ctx->in[0].shape.d[ctx->in[0].shape.rank - 1];
    return 2 * n * n * sizeof(double);
}

static void swap_rows(double *m, size_t n, size_t a, size_t b)
{
    for (size_t i = 0; i < n; i++) {
        double t = m[a * n + i];
        m[a * n + i] = m[b * n + i];
        m[b * n + i] = t;
    }
}

static void scale_row(double *m, size_t n, size_t row, double by)
{
    for (size_t i = 0; i < n; i++) m[row * n + i] *= by;
}

static void subtract_row(double *m, size_t n, size_t row, size_t pivot, double times)
{
    for (size_t i = 0; i < n; i++) m[row * n + i] -= times * m[pivot * n + i];
}

/* Turns m into the identity and inv into its inverse. A singular matrix gives infinities or NaN, as
 * a division by its zero pivot does. */
static void invert(double *m, double *inv, size_t n)
{
    for (size_t c = 0; c < n; c++) {
        size_t best = c;
        for (size_t r = c + 1; r < n; r++)
            if (fabs(m[r * n + c]) > fabs(m[best * n + c])) best = r;
        if (best != c) {
            swap_rows(m, n, c, best);
            swap_rows(inv, n, c, best);
        }
        double pivot = m[c * n + c];
        scale_row(m, n, c, 1.0 / pivot);
        scale_row(inv, n, c, 1.0 / pivot);
        for (size_t r = 0; r < n; r++) {
            double times = m[r * n + c];
            if (r == c) continue;
            subtract_row(m, n, r, c, times);
            subtract_row(inv, n, r, c, times);
        }
    }
}

/* The matrix, or its transpose, beside the unit matrix. */
static void load(double *m, double *inv, const float *x, size_t n, bool transposed)
{
    for (size_t r = 0; r < n; r++)
        for (size_t c = 0; c < n; c++) {
            m[r * n + c] = transposed ? x[c * n + r] : x[r * n + c];
            inv[r * n + c] = r == c;
        }
}

static rq_status run(rq_call *call)
{
    const inverse_attrs *a = call->attrs;
    const rq_shape *shape = &call->in[0].shape;
    size_t n = (size_t)shape->d[shape->rank - 1],
           matrices = rq_shape_span(shape, 0, shape->rank - 2);
    double *m = call->scratch, *inv = m + n * n;
    const float *x = call->in[0].data;
    float *y = call->out[0].data;
    for (size_t k = 0; k < matrices; k++, x += n * n, y += n * n) {
        load(m, inv, x, n, a->adjoint);
        invert(m, inv, n);
        for (size_t i = 0; i < n * n; i++) y[i] = (float)inv[i];
    }
    return RQ_OK;
}

const rq_op rq_op_Inverse = {
    .type = "Inverse",
    .opsets = RQ_OPSET(14),
    .role = RQ_ROLE_FLOAT,
    .attrs_size = sizeof(inverse_attrs),
    .attrs = attrs_table,
    .infer = infer,
    .scratch = scratch,
    .run = run,
};
