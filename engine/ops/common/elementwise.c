#include "engine/ops/common/elementwise.h"

static const char *const modes[] = {"numpy", "none", "pdpd", NULL};

const rq_attr_spec rq_broadcast_specs[] = {
    {"auto_broadcast", RQ_ATTR_ENUM, offsetof(rq_broadcast_attrs, mode), "numpy", modes},
    {"axis", RQ_ATTR_INT, offsetof(rq_broadcast_attrs, axis), "-1", NULL},
    RQ_ATTRS_END,
};

/* -- broadcasting --------------------------------------------------------------------------- */

/* Strides of an operand along the output's dimensions; 0 where it has one element. */
static void operand_strides(int64_t *strides, const rq_shape *out, const rq_shape *operand)
{
    int64_t own[RQ_MAX_RANK];
    rq_shape_strides(operand, own);
    for (int d = 0; d < out->rank; d++) {
        int from = d - (out->rank - operand->rank);
        strides[d] = from < 0 || operand->d[from] == 1 ? 0 : own[from];
    }
}

/* Dimension d can be walked together with the one merged last, in every operand. */
static bool merges(const rq_rows *rows, int last, int64_t strides[][RQ_MAX_RANK], int d,
                   int64_t dim)
{
    for (int k = 0; k < rows->n; k++)
        if (rows->strides[k][last] != strides[k][d] * dim) return false;
    return true;
}

void rq_rows_begin(rq_rows *rows, const rq_shape *out, const rq_shape *const *operands, int n)
{
    int64_t strides[RQ_MAX_OPERANDS][RQ_MAX_RANK];
    *rows = (rq_rows){.n = n, .length = 1, .count = 1};
    for (int k = 0; k < n; k++) operand_strides(strides[k], out, operands[k]);
    for (int d = 0; d < out->rank; d++) {
        if (out->d[d] == 1) continue;
        int last = rows->rank - 1;
        bool merged = rows->rank > 0 && merges(rows, last, strides, d, out->d[d]);
        int to = merged ? last : rows->rank++;
        rows->dims[to] = merged ? rows->dims[to] * out->d[d] : out->d[d];
        for (int k = 0; k < n; k++) rows->strides[k][to] = strides[k][d];
    }
    if (rows->rank > 0) { /* the innermost dimension is the row: its strides are 0 or 1 */
        rows->rank--;
        rows->length = (size_t)rows->dims[rows->rank];
        for (int k = 0; k < n; k++) rows->step[k] = rows->strides[k][rows->rank];
    }
    for (int d = 0; d < rows->rank; d++) rows->count *= (size_t)rows->dims[d];
    if (rows->length == 0) rows->count = 0;
}

void rq_rows_next(rq_rows *rows)
{
    for (int d = rows->rank - 1; d >= 0; d--) {
        for (int k = 0; k < rows->n; k++) rows->at[k] += rows->strides[k][d];
        if (++rows->index[d] < rows->dims[d]) return;
        for (int k = 0; k < rows->n; k++) rows->at[k] -= rows->strides[k][d] * rows->dims[d];
        rows->index[d] = 0;
    }
}

rq_shape rq_broadcast_operand(const rq_broadcast_attrs *attrs, const rq_shape *a, const rq_shape *b)
{
    if (attrs->mode != RQ_BROADCAST_PDPD || b->rank >= a->rank) return *b;
    int start = attrs->axis < 0 ? a->rank - b->rank : (int)attrs->axis;
    rq_shape out = {b->rank, {0}};
    while (out.rank > 0 && b->d[out.rank - 1] == 1) out.rank--; /* trailing ones do not count */
    for (int d = 0; d < out.rank; d++) out.d[d] = b->d[d];
    while (out.rank + start < a->rank) out.d[out.rank++] = 1;
    return out;
}

/* -- two inputs ----------------------------------------------------------------------------- */

static rq_status infer_pair(rq_infer *ctx)
{
    const rq_broadcast_attrs *attrs = ctx->attrs;
    RQ_TRY(rq_infer_arity(ctx, 2, 2));
    const rq_shape *a = &ctx->in[0].shape, *b = &ctx->in[1].shape;
    if (ctx->in[0].dtype != ctx->in[1].dtype)
        return rq_node_fail(ctx->node, RQ_EFORMAT, "inputs are %s and %s, expected one type",
                            rq_dtype_name(ctx->in[0].dtype), rq_dtype_name(ctx->in[1].dtype));
    if (attrs->mode == RQ_BROADCAST_NONE && !rq_shape_equal(a, b)) {
        char left[RQ_SHAPE_TEXT], right[RQ_SHAPE_TEXT];
        return rq_node_fail(ctx->node, RQ_EFORMAT, "shapes %s and %s differ, expected equal ones",
                            rq_shape_text(a, left), rq_shape_text(b, right));
    }
    if (attrs->axis < -1 || attrs->axis > a->rank)
        return rq_node_fail(ctx->node, RQ_EFORMAT, "axis %lld is not in [-1, %d]",
                            (long long)attrs->axis, a->rank);
    rq_shape operand = rq_broadcast_operand(attrs, a, b);
    return rq_shape_broadcast(ctx->node, &ctx->out[0].shape, a, &operand);
}

rq_status rq_binary_infer(rq_infer *ctx)
{
    RQ_TRY(infer_pair(ctx));
    ctx->out[0].dtype = ctx->in[0].dtype;
    return RQ_OK;
}

rq_status rq_relation_infer(rq_infer *ctx)
{
    RQ_TRY(infer_pair(ctx));
    ctx->out[0].dtype = RQ_DT_BOOL;
    return RQ_OK;
}

static rq_status refuse_floats(const rq_infer *ctx)
{
    return rq_dtype_is_float(ctx->in[0].dtype)
               ? rq_node_fail(ctx->node, RQ_EFORMAT, "inputs are %s, expected an integer type",
                              rq_dtype_name(ctx->in[0].dtype))
               : RQ_OK;
}

rq_status rq_integers_infer(rq_infer *ctx)
{
    RQ_TRY(rq_binary_infer(ctx));
    return refuse_floats(ctx);
}

/* Whether there is a kernel for the type of input 0: of f32, or of anything else. */
static rq_status check_kernel(const rq_call *call, bool has_row, bool has_integer)
{
    rq_dtype dt = call->in[0].dtype;
    if (dt == RQ_DT_F32 ? has_row : has_integer) return RQ_OK;
    return rq_node_fail(call->node, RQ_EUNSUPPORTED, "type %s is not supported", rq_dtype_name(dt));
}

static void begin_pair(rq_rows *rows, const rq_call *call)
{
    rq_shape b = rq_broadcast_operand(call->attrs, &call->in[0].shape, &call->in[1].shape);
    const rq_shape *operands[] = {&call->in[0].shape, &b};
    rq_rows_begin(rows, &call->out[0].shape, operands, 2);
}

rq_status rq_binary_run(rq_call *call, rq_binary_row *row, rq_binary_int *integer)
{
    rq_rows rows;
    const rq_tensor *a = &call->in[0], *b = &call->in[1], *out = &call->out[0];
    RQ_TRY(check_kernel(call, row != NULL, integer != NULL));
    begin_pair(&rows, call);
    for (size_t r = 0; r < rows.count; r++, rq_rows_next(&rows)) {
        size_t first = r * rows.length;
        if (a->dtype == RQ_DT_F32) {
            row((float *)out->data + first, (const float *)a->data + rows.at[0], rows.step[0],
                (const float *)b->data + rows.at[1], rows.step[1], rows.length);
            continue;
        }
        for (size_t i = 0; i < rows.length; i++) {
            int64_t x =
                rq_load_i64(a->data, a->dtype, (size_t)(rows.at[0] + (int64_t)i * rows.step[0]));
            int64_t y =
                rq_load_i64(b->data, b->dtype, (size_t)(rows.at[1] + (int64_t)i * rows.step[1]));
            rq_store_i64(out->data, out->dtype, first + i, integer(x, y));
        }
    }
    return RQ_OK;
}

rq_status rq_relation_run(rq_call *call, rq_relation_f64 *real, rq_relation_i64 *integer)
{
    rq_rows rows;
    const rq_tensor *a = &call->in[0], *b = &call->in[1];
    bool is_float = rq_dtype_is_float(a->dtype);
    uint8_t *out = call->out[0].data;
    begin_pair(&rows, call);
    for (size_t r = 0; r < rows.count; r++, rq_rows_next(&rows))
        for (size_t i = 0; i < rows.length; i++) {
            size_t at = (size_t)(rows.at[0] + (int64_t)i * rows.step[0]);
            size_t bt = (size_t)(rows.at[1] + (int64_t)i * rows.step[1]);
            *out++ = is_float ? real(rq_load_f64(a->data, a->dtype, at),
                                     rq_load_f64(b->data, b->dtype, bt))
                              : integer(rq_load_i64(a->data, a->dtype, at),
                                        rq_load_i64(b->data, b->dtype, bt));
        }
    return RQ_OK;
}

/* -- one input ------------------------------------------------------------------------------ */

rq_status rq_unary_infer(rq_infer *ctx)
{
    RQ_TRY(rq_infer_arity(ctx, 1, 1));
    return rq_infer_same(ctx);
}

rq_status rq_unary_integers_infer(rq_infer *ctx)
{
    RQ_TRY(rq_unary_infer(ctx));
    return refuse_floats(ctx);
}

rq_status rq_predicate_infer(rq_infer *ctx)
{
    RQ_TRY(rq_unary_infer(ctx));
    ctx->out[0].dtype = RQ_DT_BOOL;
    return RQ_OK;
}

rq_status rq_unary_floats_infer(rq_infer *ctx)
{
    RQ_TRY(rq_unary_infer(ctx));
    return rq_infer_floats(ctx, 1);
}

rq_status rq_two_scalars_infer(rq_infer *ctx)
{
    RQ_TRY(rq_infer_arity(ctx, 3, 3));
    RQ_TRY(rq_infer_floats(ctx, 3));
    for (uint32_t i = 1; i < 3; i++)
        if (rq_tensor_count(&ctx->in[i]) != 1)
            return rq_node_fail(ctx->node, RQ_EFORMAT, "input %u has %zu elements, expected 1", i,
                                rq_tensor_count(&ctx->in[i]));
    return rq_infer_same(ctx);
}

rq_status rq_unary_run(rq_call *call, rq_unary_row *row, rq_unary_int *integer)
{
    const rq_tensor *in = &call->in[0], *out = &call->out[0];
    size_t n = rq_tensor_count(in);
    RQ_TRY(check_kernel(call, row != NULL, integer != NULL));
    if (in->dtype == RQ_DT_F32) {
        row(out->data, in->data, n);
        return RQ_OK;
    }
    for (size_t i = 0; i < n; i++)
        rq_store_i64(out->data, out->dtype, i, integer(rq_load_i64(in->data, in->dtype, i)));
    return RQ_OK;
}
