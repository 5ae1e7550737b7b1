/* Functions that an ONNX model brings along: a node that calls one is replaced by its nodes. */
#include "engine/import/onnx/onnx_read.h"

#include <string.h>

#define MAX_DEPTH 32

static const char *text_or_empty(const char *text)
{
    return text ? text : "";
}

/* "" and "ai.onnx" are one domain. */
static bool same_domain(const char *a, const char *b)
{
    a = text_or_empty(a);
    b = text_or_empty(b);
    if (!strcmp(a, "ai.onnx")) a = "";
    if (!strcmp(b, "ai.onnx")) b = "";
    return !strcmp(a, b);
}

const Onnx__Function *rq_onnx_find_function(const rq_onnx_reader *reader, const Onnx__Node *node)
{
    for (size_t i = 0; i < reader->model->n_functions; i++) {
        const Onnx__Function *f = reader->model->functions[i];
        if (!strcmp(text_or_empty(f->name), text_or_empty(node->op_type)) &&
            same_domain(f->domain, node->domain) &&
            !strcmp(text_or_empty(f->overload), text_or_empty(node->overload)))
            return f;
    }
    return NULL;
}

rq_status rq_onnx_expand(rq_onnx_nodes *nodes, rq_onnx_reader *reader,
                         const Onnx__Function *function, const rq_framework_node *node,
                         const rq_framework_model *source, const rq_onnx_call *caller)
{
    rq_onnx_call call = {caller, function, node, NULL, caller ? caller->depth + 1 : 1};
    if (call.depth > MAX_DEPTH)
        return rq_fail(RQ_EFORMAT, "%s: function '%s' calls functions more than %d deep",
                       reader->path, node->type, MAX_DEPTH);
    call.prefix = rq_arena_printf(reader->arena, "%s.%zu/", node->name, nodes->n);
    if (!call.prefix) return RQ_ENOMEM;
    /* The nodes' subgraphs are read at once, so that nothing points to `call` afterwards. */
    for (size_t i = 0; i < function->n_node; i++)
        RQ_TRY(rq_onnx_add_node(nodes, reader, function->node[i], source, &call));
    return RQ_OK;
}

const char *rq_onnx_name(rq_onnx_reader *reader, const rq_onnx_call *call, const char *name)
{
    if (!name) return "";
    if (!call || name[0] == '\0') return name;
    const Onnx__Function *f = call->function;
    for (size_t i = 0; i < f->n_input; i++)
        if (!strcmp(f->input[i], name)) return i < call->node->n_in ? call->node->in[i] : "";
    for (size_t i = 0; i < f->n_output; i++)
        if (!strcmp(f->output[i], name) && i < call->node->n_out && call->node->out[i][0])
            return call->node->out[i];
    return rq_arena_printf(reader->arena, "%s%s", call->prefix, name);
}

rq_status rq_onnx_call_attr(rq_framework_attr *out, bool *found, rq_onnx_reader *reader,
                            const rq_onnx_call *call, const char *name,
                            const rq_framework_model *source)
{
    const rq_framework_attr *given = rq_framework_find_attr(call->node, name);
    *found = given != NULL;
    if (given) *out = *given;
    const Onnx__Function *f = call->function;
    for (size_t i = 0; i < f->n_attribute_proto && !*found; i++)
        if (!strcmp(text_or_empty(f->attribute_proto[i]->name), name))
            return rq_onnx_read_attr(out, found, reader, f->attribute_proto[i], source, NULL);
    return RQ_OK;
}
