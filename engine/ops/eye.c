/* Operation Specifications: Eye-9. */
#include "engine/ops/common/strided_copy.h"

#include <inttypes.h>
#include <string.h>

typedef struct eye_attrs {
    rq_dtype output_type;
} eye_attrs;

static const rq_attr_spec attrs_table[] = {
    {"output_type", RQ_ATTR_DTYPE, offsetof(eye_attrs, output_type), NULL, NULL},
    RQ_ATTRS_END,
};

static rq_status infer(rq_infer *ctx)
{
    const eye_attrs *a = ctx->attrs;
    int64_t rows, columns, diagonal;
    rq_shape shape = {0};
    size_t n = 0;
    RQ_TRY(rq_infer_arity(ctx, 3, 4));
    if (rq_dtype_bits(a->output_type) < 8)
        return rq_node_fail(ctx->node, RQ_EUNSUPPORTED, "output_type %s",
                            rq_dtype_name(a->output_type));
    ctx->out[0].dtype = a->output_type;
    for (uint32_t i = 0; i < ctx->n_in; i++)
        if (!rq_infer_known(ctx, i)) return rq_infer_defer(ctx);
    RQ_TRY(rq_tensor_int(ctx->node, &ctx->in[0], &rows));
    RQ_TRY(rq_tensor_int(ctx->node, &ctx->in[1], &columns));
    RQ_TRY(rq_tensor_int(ctx->node, &ctx->in[2], &diagonal));
    if (rows < 0 || columns < 0)
        return rq_node_fail(ctx->node, RQ_EFORMAT, "%" PRId64 " rows and %" PRId64 " columns", rows,
                            columns);
    if (rq_input_given(ctx->in, ctx->n_in, 3))
        RQ_TRY(rq_tensor_ints(ctx->node, &ctx->in[3], shape.d, RQ_MAX_RANK - 2, &n));
    shape.rank = (int)n + 2;
    shape.d[n] = rows;
    shape.d[n + 1] = columns;
    ctx->out[0].shape = shape;
    return RQ_OK;
}

static rq_status run(rq_call *call)
{
    rq_tensor *out = &call->out[0];
    int64_t rows = out->shape.d[out->shape.rank - 2], columns = out->shape.d[out->shape.rank - 1];
    int64_t diagonal;
    RQ_TRY(rq_tensor_int(call->node, &call->in[2], &diagonal));
    size_t matrices = rq_shape_span(&out->shape, 0, out->shape.rank - 2);
    memset(out->data, 0, rq_tensor_bytes(out));
    if (diagonal <= -rows || diagonal >= columns) return RQ_OK;
    for (size_t m = 0; m < matrices; m++)
        for (int64_t r = diagonal < 0 ? -diagonal : 0; r < rows && r + diagonal < columns; r++)
            rq_store_i64(out->data, out->dtype,
                         m * (size_t)(rows * columns) + (size_t)(r * columns + r + diagonal), 1);
    return RQ_OK;
}

const rq_op rq_op_Eye = {
    .type = "Eye",
    .opsets = RQ_OPSET(9),
    .role = RQ_ROLE_FLOAT,
    .flags = RQ_OP_ANY_DTYPE,
    .attrs_size = sizeof(eye_attrs),
    .attrs = attrs_table,
    .infer = infer,
    .run = run,
};
