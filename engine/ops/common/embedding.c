#include "engine/ops/common/embedding.h"

#include "engine/ops/common/strided_copy.h"

static const char *const reductions[] = {"sum", "mean", NULL};

const rq_attr_spec rq_embedding_attrs_table[] = {
    {"reduction", RQ_ATTR_ENUM, offsetof(rq_embedding_attrs, reduction), "sum", reductions},
    RQ_ATTRS_END,
};

rq_status rq_embedding_infer(rq_infer *ctx, int64_t bags, uint32_t weights)
{
    const rq_tensor *table = &ctx->in[0], *indices = &ctx->in[1];
    RQ_TRY(rq_infer_rank(ctx, 0, 1, RQ_MAX_RANK));
    RQ_TRY(rq_infer_whole_bytes(ctx, 0));
    RQ_TRY(rq_infer_integer(ctx, 1));
    if (rq_input_given(ctx->in, ctx->n_in, weights) &&
        (ctx->in[weights].dtype != table->dtype ||
         !rq_shape_equal(&ctx->in[weights].shape, &indices->shape)))
        return rq_node_fail(ctx->node, RQ_EFORMAT, "weights must be %s in the shape of the indices",
                            rq_dtype_name(table->dtype));
    ctx->out[0].dtype = table->dtype;
    ctx->out[0].shape = table->shape;
    ctx->out[0].shape.d[0] = bags;
    return RQ_OK;
}

static size_t row_length(const rq_call *call)
{
    const rq_shape *table = &call->in[0].shape;
    return rq_shape_span(table, 1, table->rank);
}

rq_bag rq_bag_open(rq_call *call, size_t row, uint32_t weights)
{
    rq_bag bag = {.call = call, .row = row};
    size_t n = row_length(call);
    if (rq_input_given(call->in, call->n_in, weights)) bag.weights = &call->in[weights];
    for (size_t i = 0; i < n; i++)
        rq_store_i64(call->out[0].data, call->out[0].dtype, row * n + i, 0);
    return bag;
}

/* Output row += weight * table row. */
static rq_status add_row(const rq_bag *bag, int64_t index, const rq_tensor *weights, size_t at)
{
    const rq_tensor *table = &bag->call->in[0];
    rq_tensor *out = &bag->call->out[0];
    rq_dtype dt = table->dtype;
    size_t n = row_length(bag->call), to = bag->row * n;
    RQ_TRY(rq_node_index(bag->call->node, &index, index, table->shape.d[0]));
    size_t from = (size_t)index * n;
    if (rq_dtype_is_float(dt)) {
        double w = weights ? rq_load_f64(weights->data, dt, at) : 1.0;
        for (size_t i = 0; i < n; i++)
            rq_store_f64(out->data, dt, to + i,
                         rq_load_f64(out->data, dt, to + i) +
                             w * rq_load_f64(table->data, dt, from + i));
        return RQ_OK;
    }
    uint64_t w = weights ? (uint64_t)rq_load_i64(weights->data, dt, at) : 1;
    for (size_t i = 0; i < n; i++) {
        uint64_t sum = (uint64_t)rq_load_i64(out->data, dt, to + i);
        sum += w * (uint64_t)rq_load_i64(table->data, dt, from + i);
        rq_store_i64(out->data, dt, to + i, (int64_t)sum);
    }
    return RQ_OK;
}

rq_status rq_bag_add(rq_bag *bag, size_t at)
{
    const rq_tensor *indices = &bag->call->in[1];
    bag->count++;
    return add_row(bag, rq_load_i64(indices->data, indices->dtype, at), bag->weights, at);
}

static void divide(const rq_bag *bag)
{
    rq_tensor *out = &bag->call->out[0];
    size_t n = row_length(bag->call);
    for (size_t i = bag->row * n; i < (bag->row + 1) * n; i++) {
        if (rq_dtype_is_float(out->dtype))
            rq_store_f64(out->data, out->dtype, i,
                         rq_load_f64(out->data, out->dtype, i) / (double)bag->count);
        else
            rq_store_i64(out->data, out->dtype, i,
                         rq_load_i64(out->data, out->dtype, i) / bag->count);
    }
}

rq_status rq_bag_close(rq_bag *bag, uint32_t fallback)
{
    const rq_call *call = bag->call;
    const rq_embedding_attrs *a = call->attrs;
    if (bag->count > 0) {
        if (a && a->reduction == RQ_EMBEDDING_MEAN) divide(bag);
        return RQ_OK;
    }
    int64_t index = -1;
    if (rq_input_given(call->in, call->n_in, fallback))
        RQ_TRY(rq_tensor_int(call->node, &call->in[fallback], &index));
    return index == -1 ? RQ_OK : add_row(bag, index, NULL, 0);
}
