/* Helpers that operator files share: errors that name the layer, arity, known inputs. */
#include "engine/ops/op.h"

#include <stdio.h>

rq_status rq_node_fail(const rq_node *node, rq_status status, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return rq_fail(status, "layer '%s' (%s): %s", node->name, node->type, text);
}

rq_status rq_infer_defer(rq_infer *ctx)
{
    ctx->deferred = true;
    return RQ_OK;
}

rq_status rq_infer_arity(const rq_infer *ctx, uint32_t min_in, uint32_t max_in)
{
    if (ctx->n_in < min_in || ctx->n_in > max_in)
        return rq_node_fail(ctx->node, RQ_EFORMAT, "has %u inputs, expected %u to %u", ctx->n_in,
                            min_in, max_in);
    for (uint32_t i = 0; i < min_in; i++)
        if (!rq_input_given(ctx->in, ctx->n_in, i))
            return rq_node_fail(ctx->node, RQ_EFORMAT, "input %u is not connected", i);
    return RQ_OK;
}

rq_status rq_infer_rank(const rq_infer *ctx, uint32_t input, int min_rank, int max_rank)
{
    int rank = ctx->in[input].shape.rank;
    if (rank >= min_rank && rank <= max_rank) return RQ_OK;
    char text[RQ_SHAPE_TEXT];
    return rq_node_fail(ctx->node, RQ_EFORMAT, "input %u has shape %s, expected rank %d to %d",
                        input, rq_shape_text(&ctx->in[input].shape, text), min_rank, max_rank);
}

rq_status rq_infer_float(const rq_infer *ctx, uint32_t i)
{
    if (!rq_input_given(ctx->in, ctx->n_in, i) || rq_dtype_is_float(ctx->in[i].dtype)) return RQ_OK;
    return rq_node_fail(ctx->node, RQ_EFORMAT, "input %u is of type %s, expected floating point", i,
                        rq_dtype_name(ctx->in[i].dtype));
}

rq_status rq_infer_floats(const rq_infer *ctx, uint32_t n)
{
    for (uint32_t i = 0; i < n && i < ctx->n_in; i++) RQ_TRY(rq_infer_float(ctx, i));
    return RQ_OK;
}

rq_status rq_infer_index_type(const rq_infer *ctx, const char *attribute, rq_dtype type)
{
    if (rq_is_index_type(type)) return RQ_OK;
    return rq_node_fail(ctx->node, RQ_EFORMAT, "%s %s, expected i64 or i32", attribute,
                        rq_dtype_name(type));
}

rq_status rq_infer_same(rq_infer *ctx)
{
    RQ_TRY(rq_infer_arity(ctx, 1, UINT32_MAX));
    ctx->out[0].dtype = ctx->in[0].dtype;
    ctx->out[0].shape = ctx->in[0].shape;
    return RQ_OK;
}

bool rq_infer_known(const rq_infer *ctx, uint32_t i)
{
    return !rq_input_given(ctx->in, ctx->n_in, i) || ctx->in[i].data ||
           rq_tensor_count(&ctx->in[i]) == 0;
}

rq_status rq_tensor_ints(const rq_node *node, const rq_tensor *t, int64_t *out, size_t capacity,
                         size_t *n)
{
    size_t count = rq_tensor_count(t);
    if (t->shape.rank > 1 || count > capacity) {
        char text[RQ_SHAPE_TEXT];
        return rq_node_fail(node, RQ_EFORMAT,
                            "a list of integers has shape %s, expected at most %zu in one row",
                            rq_shape_text(&t->shape, text), capacity);
    }
    for (size_t i = 0; i < count; i++) out[i] = rq_load_i64(t->data, t->dtype, i);
    *n = count;
    return RQ_OK;
}

rq_status rq_tensor_int(const rq_node *node, const rq_tensor *t, int64_t *out)
{
    if (rq_tensor_count(t) != 1) {
        char text[RQ_SHAPE_TEXT];
        return rq_node_fail(node, RQ_EFORMAT, "an integer has shape %s, expected one element",
                            rq_shape_text(&t->shape, text));
    }
    *out = rq_load_i64(t->data, t->dtype, 0);
    return RQ_OK;
}

rq_status rq_shape_broadcast(const rq_node *node, rq_shape *out, const rq_shape *a,
                             const rq_shape *b)
{
    rq_shape result = {a->rank > b->rank ? a->rank : b->rank, {0}};
    for (int i = 1; i <= result.rank; i++) {
        int64_t x = i <= a->rank ? a->d[a->rank - i] : 1;
        int64_t y = i <= b->rank ? b->d[b->rank - i] : 1;
        if (x != y && x != 1 && y != 1) {
            char left[RQ_SHAPE_TEXT], right[RQ_SHAPE_TEXT];
            return rq_node_fail(node, RQ_EFORMAT, "shapes %s and %s do not broadcast",
                                rq_shape_text(a, left), rq_shape_text(b, right));
        }
        result.d[result.rank - i] = x == 1 ? y : x;
    }
    *out = result;
    return RQ_OK;
}

rq_status rq_call_resize(rq_call *call, uint32_t out, const rq_shape *shape)
{
    if (!call->services)
        return rq_node_fail(call->node, RQ_EUNSUPPORTED,
                            "its output shape depends on data where only constants are allowed");
    RQ_TRY(rq_shape_check(shape, false, call->node->name));
    return call->services->resize(call, out, shape);
}
