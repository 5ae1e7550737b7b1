/* Operation Specifications: ScatterElementsUpdate-3, ScatterElementsUpdate-12. */
#include "engine/ops/common/strided_copy.h"
#include "engine/ops/common/scatter.h"

#include <string.h>

typedef struct scatter_elements_attrs {
    int reduction;
    bool use_init_val;
} scatter_elements_attrs;

static const rq_attr_spec attrs_table[] = {
    {"reduction", RQ_ATTR_ENUM, offsetof(scatter_elements_attrs, reduction), "none",
     rq_scatter_reductions},
    {"use_init_val", RQ_ATTR_BOOL, offsetof(scatter_elements_attrs, use_init_val), "true", NULL},
    RQ_ATTRS_END,
};

static rq_status check_shapes(const rq_infer *ctx, int axis)
{
    const rq_shape *data = &ctx->in[0].shape, *indices = &ctx->in[1].shape;
    bool good = indices->rank == data->rank && rq_shape_equal(indices, &ctx->in[2].shape);
    for (int i = 0; good && i < data->rank; i++) good = i == axis || indices->d[i] <= data->d[i];
    if (good) return RQ_OK;
    char a[RQ_SHAPE_TEXT], b[RQ_SHAPE_TEXT], c[RQ_SHAPE_TEXT];
    return rq_node_fail(ctx->node, RQ_EFORMAT,
                        "data %s, indices %s, updates %s, axis %d: expected equal indices and "
                        "updates within the data",
                        rq_shape_text(data, a), rq_shape_text(indices, b),
                        rq_shape_text(&ctx->in[2].shape, c), axis);
}

static rq_status infer(rq_infer *ctx)
{
    return rq_scatter_infer_axis(ctx, check_shapes);
}

/* How many values each element of the data has met. */
static size_t scratch(const rq_infer *ctx)
{
    const scatter_elements_attrs *a = ctx->attrs;
    return a->reduction == RQ_SCATTER_NONE ? 0 : rq_tensor_count(&ctx->in[0]) * sizeof(int32_t);
}

/* Where in the data update i goes. */
static rq_status target(const rq_call *call, int axis, const int64_t *data_strides, size_t i,
                        size_t *at)
{
    const rq_tensor *indices = &call->in[1];
    int64_t index = rq_load_i64(indices->data, indices->dtype, i);
    RQ_TRY(rq_node_index(call->node, &index, index, call->in[0].shape.d[axis]));
    *at = 0;
    for (int k = indices->shape.rank - 1; k >= 0; k--) {
        size_t own = i % (size_t)indices->shape.d[k];
        i /= (size_t)indices->shape.d[k];
        *at += (k == axis ? (size_t)index : own) * (size_t)data_strides[k];
    }
    return RQ_OK;
}

/* Integers are truncated. */
static void divide(rq_dtype dt, void *data, size_t i, int32_t count)
{
    if (rq_dtype_is_float(dt))
        rq_store_f64(data, dt, i, rq_load_f64(data, dt, i) / count);
    else
        rq_store_i64(data, dt, i, rq_load_i64(data, dt, i) / count);
}

static rq_status run(rq_call *call)
{
    const scatter_elements_attrs *a = call->attrs;
    const rq_tensor *data = &call->in[0];
    rq_tensor *out = &call->out[0];
    int32_t *met = call->scratch, first = a->use_init_val ? 1 : 0;
    size_t n = rq_tensor_count(&call->in[1]), count = rq_tensor_count(data);
    int64_t strides[RQ_MAX_RANK];
    int axis;
    RQ_TRY(rq_scatter_axis(call->node, call->in, &axis));
    rq_shape_strides(&data->shape, strides);
    rq_scatter_begin(call);
    bool reduces = a->reduction != RQ_SCATTER_NONE;
    if (reduces && count) memset(met, 0, count * sizeof *met);
    for (size_t i = 0; i < n; i++) {
        size_t at;
        RQ_TRY(target(call, axis, strides, i, &at));
        if (reduces && met[at]++ == 0 && !a->use_init_val)
            rq_scatter_reset(a->reduction, out->dtype, out->data, at);
        rq_scatter_combine(a->reduction, out->dtype, out->data, at, call->in[2].data, i, 1);
    }
    for (size_t i = 0; a->reduction == RQ_SCATTER_MEAN && i < count; i++)
        if (met[i]) divide(out->dtype, out->data, i, met[i] + first);
    return RQ_OK;
}

const rq_op rq_op_ScatterElementsUpdate = {
    .type = "ScatterElementsUpdate",
    .opsets = RQ_OPSET(3) | RQ_OPSET(12),
    .role = RQ_ROLE_PASS,
    .flags = RQ_OP_ANY_DTYPE,
    .attrs_size = sizeof(scatter_elements_attrs),
    .attrs = attrs_table,
    .infer = infer,
    .scratch = scratch,
    .run = run,
};
