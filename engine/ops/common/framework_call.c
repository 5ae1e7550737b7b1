#include "engine/ops/common/framework_call.h"

#include <string.h>

#define FIELD(name) offsetof(rq_framework_call, name)

const rq_attr_spec rq_framework_call_attrs[] = {
    {"file", RQ_ATTR_STRING, FIELD(file), NULL, NULL},
    {"feeds", RQ_ATTR_STRING, FIELD(feeds), "", NULL},
    {"fetches", RQ_ATTR_STRING, FIELD(fetches), NULL, NULL},
    {"types", RQ_ATTR_STRING, FIELD(types), NULL, NULL},
    {"shapes", RQ_ATTR_STRING, FIELD(shapes), NULL, NULL},
    RQ_ATTRS_END,
};

size_t rq_framework_call_count(const char *list, char separator)
{
    size_t n = *list ? 1 : 0;
    for (; *list; list++) n += *list == separator;
    return n;
}

bool rq_framework_call_name(char out[RQ_FRAMEWORK_NAME], const char *list, char separator,
                            size_t index)
{
    for (; index && list; index--)
        if ((list = strchr(list, separator))) list++;
    const char *end = list ? strchr(list, separator) : NULL;
    size_t length = !list ? 0 : end ? (size_t)(end - list) : strlen(list);
    if (!list || length >= RQ_FRAMEWORK_NAME) return false;
    memcpy(out, list, length);
    out[length] = '\0';
    return true;
}

/* "1,100,4"; rank -1 for "?". */
static rq_status read_shape(rq_shape *out, const rq_node *node, const char *text)
{
    size_t n = 0;
    *out = (rq_shape){.rank = -1};
    if (!strcmp(text, "?")) return RQ_OK;
    if (!rq_parse_i64_list(text, out->d, RQ_MAX_RANK, &n))
        return rq_node_fail(node, RQ_EFORMAT, "shapes: '%s' is no shape", text);
    out->rank = (int)n;
    return rq_shape_check(out, false, node->name);
}

static rq_status infer_output(rq_infer *ctx, uint32_t i, bool *known)
{
    const rq_framework_call *a = ctx->attrs;
    char text[RQ_FRAMEWORK_NAME];
    if (!rq_framework_call_name(text, a->types, ',', i))
        return rq_node_fail(ctx->node, RQ_EFORMAT, "types lacks one for output %u", i);
    ctx->out[i].dtype = rq_dtype_parse(text);
    if (rq_dtype_bits(ctx->out[i].dtype) < 8)
        return rq_node_fail(ctx->node, RQ_EFORMAT, "types: '%s' is none", text);
    if (!rq_framework_call_name(text, a->shapes, ';', i))
        return rq_node_fail(ctx->node, RQ_EFORMAT, "shapes lacks one for output %u", i);
    RQ_TRY(read_shape(&ctx->out[i].shape, ctx->node, text));
    *known &= ctx->out[i].shape.rank >= 0;
    return RQ_OK;
}

rq_status rq_framework_call_infer(rq_infer *ctx)
{
    const rq_framework_call *a = ctx->attrs;
    size_t feeds = rq_framework_call_count(a->feeds, ',');
    bool known = true;
    if (ctx->n_in != feeds || ctx->n_out != rq_framework_call_count(a->fetches, ','))
        return rq_node_fail(ctx->node, RQ_EFORMAT,
                            "%u inputs and %u outputs for feeds '%s' and "
                            "fetches '%s'",
                            ctx->n_in, ctx->n_out, a->feeds, a->fetches);
    RQ_TRY(rq_infer_arity(ctx, ctx->n_in, ctx->n_in));
    for (uint32_t i = 0; i < ctx->n_out; i++) RQ_TRY(infer_output(ctx, i, &known));
    return known ? RQ_OK : rq_infer_defer(ctx);
}

rq_status rq_framework_call_run(rq_call *call)
{
    if (!call->services || !call->services->call_framework)
        return rq_node_fail(call->node, RQ_EUNSUPPORTED, "only an executor can call a framework");
    return call->services->call_framework(call);
}
