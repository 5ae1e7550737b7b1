/* Calling an extension: tensors in its form, and what it answers looked at. */
#include "engine/ops/extension_call.h"

#include <stdio.h>

/* -- tensors in its form ---------------------------------------------------------------------- */

static const rq_dtype dtypes[] = {
    [RQ_X_NONE] = RQ_DT_UNDEFINED, [RQ_X_F32] = RQ_DT_F32,   [RQ_X_F16] = RQ_DT_F16,
    [RQ_X_BF16] = RQ_DT_BF16,      [RQ_X_F64] = RQ_DT_F64,   [RQ_X_I8] = RQ_DT_I8,
    [RQ_X_I16] = RQ_DT_I16,        [RQ_X_I32] = RQ_DT_I32,   [RQ_X_I64] = RQ_DT_I64,
    [RQ_X_U8] = RQ_DT_U8,          [RQ_X_U16] = RQ_DT_U16,   [RQ_X_U32] = RQ_DT_U32,
    [RQ_X_U64] = RQ_DT_U64,        [RQ_X_BOOL] = RQ_DT_BOOL,
};
#define N_TYPES ((int32_t)(sizeof dtypes / sizeof *dtypes))

/* -1: it has no such type. */
static int32_t type_of(rq_dtype dtype)
{
    int32_t type = 0;
    while (type < N_TYPES && dtypes[type] != dtype) type++;
    return type < N_TYPES ? type : -1;
}

static rq_status hand_over(rq_x_tensor *out, const rq_node *node, const char *which, size_t i,
                           const rq_tensor *t)
{
    *out = (rq_x_tensor){.type = type_of(t->dtype), .data = t->data};
    if (t->dtype == RQ_DT_UNDEFINED) return RQ_OK;
    if (out->type < 0)
        return rq_node_fail(node, RQ_EUNSUPPORTED, "%s %zu is of type %s, which extensions lack",
                            which, i, rq_dtype_name(t->dtype));
    if (t->shape.rank > RQ_X_MAX_RANK)
        return rq_node_fail(node, RQ_EUNSUPPORTED,
                            "%s %zu has %d dimensions, extensions take at most %d", which, i,
                            t->shape.rank, RQ_X_MAX_RANK);
    out->rank = t->shape.rank;
    for (int k = 0; k < t->shape.rank; k++) out->dims[k] = t->shape.d[k];
    return RQ_OK;
}

static rq_status hand_over_all(rq_x_tensor out[RQ_X_MAX_PORTS], const rq_node *node,
                               const char *which, size_t n, const rq_tensor *t)
{
    for (size_t i = 0; i < n; i++) RQ_TRY(hand_over(&out[i], node, which, i, &t[i]));
    return RQ_OK;
}

/* -- what it answers --------------------------------------------------------------------------- */

/* "libhardshrink.so: run gave 3: no such mode" */
static rq_status refused(const rq_extension_op *e, const rq_node *node, const char *function,
                         int code)
{
    const char *text = e->library->explain ? e->library->explain(code) : NULL;
    return rq_node_fail(node, RQ_EFORMAT, "%s: %s gave %d%s%s", e->path, function, code,
                        text ? ": " : "", text ? text : "");
}

static rq_status take_dtype(rq_tensor *out, const rq_extension_op *e, const rq_node *node, size_t i,
                            const rq_x_tensor *t)
{
    if (t->type <= RQ_X_NONE || t->type >= N_TYPES)
        return rq_node_fail(node, RQ_EFORMAT,
                            "%s: infer gave output %zu the type %d, which is none", e->path, i,
                            (int)t->type);
    out->dtype = dtypes[t->type];
    return RQ_OK;
}

static rq_status take_shape(rq_tensor *out, const rq_extension_op *e, const rq_node *node, size_t i,
                            const rq_x_tensor *t)
{
    if (t->rank < 0 || t->rank > RQ_X_MAX_RANK)
        return rq_node_fail(node, RQ_EFORMAT,
                            "%s: infer gave output %zu %d dimensions, expected 0 to %d", e->path, i,
                            (int)t->rank, RQ_X_MAX_RANK);
    out->shape = rq_shape_make(t->rank, t->dims);
    char what[64];
    snprintf(what, sizeof what, "infer's output %zu", i);
    rq_status status = rq_shape_check(&out->shape, false, what);
    return status == RQ_OK
               ? RQ_OK
               : rq_fail_prefix(status, "layer '%s' (%s): %s", node->name, node->type, e->path);
}

static bool has_all_data(const rq_infer *ctx)
{
    for (uint32_t i = 0; i < ctx->n_in; i++)
        if (!rq_infer_known(ctx, i)) return false;
    return true;
}

rq_status rq_extension_infer(rq_infer *ctx)
{
    const rq_extension_op *e = rq_extension_of(ctx->op);
    rq_x_tensor in[RQ_X_MAX_PORTS], out[RQ_X_MAX_PORTS] = {{0}};
    RQ_TRY(rq_infer_arity(ctx, e->row->min_in, e->row->max_in));
    if (ctx->n_out != e->row->n_out)
        return rq_node_fail(ctx->node, RQ_EFORMAT, "has %u outputs, the operator %u", ctx->n_out,
                            e->row->n_out);
    RQ_TRY(hand_over_all(in, ctx->node, "input", ctx->n_in, ctx->in));
    for (uint32_t i = 0; i < ctx->n_out; i++) out[i].rank = -1;
    int code = e->row->infer(ctx->attrs, ctx->n_in, in, ctx->n_out, out);
    if (code != 0 && code != RQ_X_LATER) return refused(e, ctx->node, "infer", code);
    for (uint32_t i = 0; i < ctx->n_out; i++) {
        RQ_TRY(take_dtype(&ctx->out[i], e, ctx->node, i, &out[i]));
        if (code == 0) RQ_TRY(take_shape(&ctx->out[i], e, ctx->node, i, &out[i]));
    }
    if (code == 0) return RQ_OK;
    if (!has_all_data(ctx)) return rq_infer_defer(ctx);
    return rq_node_fail(ctx->node, RQ_EFORMAT, "%s: infer gave RQ_X_LATER though all data is there",
                        e->path);
}

rq_status rq_extension_run(rq_call *call)
{
    const rq_extension_op *e = rq_extension_of(call->op);
    rq_x_tensor in[RQ_X_MAX_PORTS], out[RQ_X_MAX_PORTS];
    RQ_TRY(hand_over_all(in, call->node, "input", call->n_in, call->in));
    RQ_TRY(hand_over_all(out, call->node, "output", call->n_out, call->out));
    int code = e->row->run(call->attrs, call->n_in, in, call->n_out, out);
    return code ? refused(e, call->node, "run", code) : RQ_OK;
}
