/* Operation Specifications: ReadValue-3, ReadValue-6: a variable that lives between inferences;
 * before the first Assign it is input 0, or zeros. Where its shape can change, it is bound as it is
 * then: a later inference needs variables that were forgotten (rq_session_reset) or kept their
 * shape. */
#include "engine/ops/common/variable.h"

#include <string.h>

typedef struct read_attrs {
    const char *id, *shape;
    rq_dtype type;
} read_attrs;

static const rq_attr_spec attrs_table[] = {
    {"variable_id", RQ_ATTR_STRING, offsetof(read_attrs, id), NULL, NULL},
    {"variable_type", RQ_ATTR_DTYPE, offsetof(read_attrs, type), "dynamic", NULL},
    {"variable_shape", RQ_ATTR_STRING, offsetof(read_attrs, shape), "...", NULL},
    RQ_ATTRS_END,
};

/* One dimension and the comma behind it; "?" and "1..5" can change. */
static bool parse_dim(const char **at, int64_t *out)
{
    char text[32];
    size_t n = strcspn(*at, ",");
    if (n >= sizeof text) return false;
    memcpy(text, *at, n);
    text[n] = '\0';
    *at += n + ((*at)[n] == ',');
    size_t one;
    if (!rq_parse_i64_list(text, out, 1, &one) || one != 1 || *out < 0) *out = RQ_DYNAMIC;
    return true;
}

/* False for "...": the rank can change. */
static bool parse_shape(const char *text, rq_shape *out)
{
    *out = (rq_shape){0};
    if (!strcmp(text, "...")) return false;
    while (*text && out->rank < RQ_MAX_RANK)
        if (!parse_dim(&text, &out->d[out->rank++])) return false;
    return !*text;
}

/* OpenVINO, too, has no elements at first where there is nothing to start from. */
static void start_empty(rq_shape *shape)
{
    for (int i = 0; i < shape->rank; i++)
        if (shape->d[i] == RQ_DYNAMIC) shape->d[i] = 0;
}

static rq_status infer(rq_infer *ctx)
{
    const read_attrs *a = ctx->attrs;
    RQ_TRY(rq_infer_arity(ctx, 0, 1));
    bool given = rq_input_given(ctx->in, ctx->n_in, 0);
    rq_tensor *out = &ctx->out[0];
    if (a->type != RQ_DT_UNDEFINED)
        out->dtype = a->type;
    else if (given)
        out->dtype = ctx->in[0].dtype;
    if (given && out->dtype != ctx->in[0].dtype)
        return rq_node_fail(ctx->node, RQ_EFORMAT, "a variable of type %s starts from %s",
                            rq_dtype_name(out->dtype), rq_dtype_name(ctx->in[0].dtype));
    if (ctx->version < 6 && given) {
        out->shape = ctx->in[0].shape;
        return RQ_OK;
    }
    bool ranked = parse_shape(a->shape, &out->shape);
    if (ranked && rq_shape_is_static(&out->shape)) return RQ_OK;
    if (given) {
        out->shape = ctx->in[0].shape;
        return rq_shape_is_static(&out->shape) ? RQ_OK : rq_infer_defer(ctx);
    }
    start_empty(&out->shape);
    return ranked ? RQ_OK : rq_infer_defer(ctx);
}

static rq_status run(rq_call *call)
{
    const read_attrs *a = call->attrs;
    rq_tensor *out = &call->out[0], value;
    RQ_TRY(call->services->read_variable(call, a->id, &value));
    if (!value.data && rq_input_given(call->in, call->n_in, 0)) value = call->in[0];
    if (value.dtype == RQ_DT_UNDEFINED) { /* nothing assigned, nothing to start from */
        if (!out->data)
            return rq_node_fail(call->node, RQ_EARG,
                                "variable '%s' has no value yet, and no "
                                "fixed shape to be zeros of",
                                a->id);
        memset(out->data, 0, rq_tensor_bytes(out));
        return RQ_OK;
    }
    return rq_variable_copy(call, &value);
}

const rq_op rq_op_ReadValue = {
    .type = "ReadValue",
    .opsets = RQ_OPSET(3) | RQ_OPSET(6),
    .role = RQ_ROLE_FLOAT,
    .flags = RQ_OP_ANY_DTYPE | RQ_OP_NO_FOLD,
    .attrs_size = sizeof(read_attrs),
    .attrs = attrs_table,
    .infer = infer,
    .run = run,
};
