/* Emitting nodes and constants. */
#include "engine/import/ir_builder.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* -- constants ------------------------------------------------------------------------------- */

static const char *dims_text(rq_arena *arena, const rq_shape *shape)
{
    const char *text = "";
    for (int i = 0; i < shape->rank && text; i++)
        text = rq_arena_printf(arena, "%s%s%lld", text, i ? ", " : "", (long long)shape->d[i]);
    return text;
}

void rq_ir_builder_make_const(rq_ir_builder *b, rq_node *node, const rq_tensor *tensor)
{
    const char *dims = dims_text(b->arena, &tensor->shape);
    node->type = "Const";
    node->version = "opset1";
    node->n_in = 0;
    node->n_attrs = 0;
    node->data = tensor->data;
    node->data_bytes = rq_tensor_bytes(tensor);
    b->graph->values[node->out[0]]->port_id = 0;
    if (rq_ir_builder_ok(b, dims ? RQ_OK : RQ_ENOMEM) &&
        rq_ir_builder_ok(
            b, rq_node_set_attr(b->graph, node, "element_type", rq_dtype_name(tensor->dtype))))
        rq_ir_builder_ok(b, rq_node_set_attr(b->graph, node, "shape", dims));
}

/* -- nodes ----------------------------------------------------------------------------------- */

/* "name=value;name=value". A value that is a text of the model's may have separators of its own. */
static void set_attrs(rq_ir_builder *b, rq_node *node, char *text)
{
    while (text && *text && b->status == RQ_OK) {
        char *next = strchr(text, ';'), *value = strchr(text, '=');
        if (next) *next++ = '\0';
        if (!value || (next && value >= next)) {
            rq_ir_builder_fail(b, RQ_EUNSUPPORTED, "'%.40s' belongs to no attribute", text);
            return;
        }
        *value++ = '\0';
        rq_ir_builder_ok(b, rq_node_set_attr(b->graph, node, text, value));
        text = next;
    }
}

static char *attrs_text(rq_ir_builder *b, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    char *text = rq_arena_alloc(b->arena, (size_t)length + 1, 1);
    if (!text)
        b->status = RQ_ENOMEM;
    else
        vsnprintf(text, (size_t)length + 1, format, args);
    return text;
}

/* "opset8" for "8"; the word itself, such as "extension", of operators of extensions. */
static const char *version_text(rq_arena *arena, const char *opset)
{
    return rq_arena_printf(arena, isdigit((unsigned char)*opset) ? "opset%s" : "%s", opset);
}

/* The node, not inferred yet. `type` is "Type-N". */
static rq_node *add_node(rq_ir_builder *b, const char *type, const rq_id *in, size_t n_in,
                         uint32_t n_out, const char *attrs, va_list args)
{
    while (n_in && in[n_in - 1] == RQ_NONE) n_in--;
    const char *dash = strrchr(type, '-');
    const char *kind = rq_arena_strndup(b->arena, type, (size_t)(dash - type));
    const char *version = version_text(b->arena, dash + 1);
    const char *name =
        b->node && kind ? rq_arena_printf(b->arena, "%s/%s", b->node->name, kind) : kind;
    char *text = attrs_text(b, attrs, args);
    rq_node *node = NULL;
    if (!rq_ir_builder_ok(b, kind && version && name && text ? RQ_OK : RQ_ENOMEM) ||
        !rq_ir_builder_ok(
            b, rq_graph_add_node(&node, b->graph, name, kind, version, (uint32_t)n_in, n_out)))
        return NULL;
    for (size_t i = 0; i < n_in; i++) {
        node->in[i] = in[i];
        if (in[i] == RQ_NONE) rq_ir_builder_fail(b, RQ_EUNSUPPORTED, "its input %zu is missing", i);
    }
    set_attrs(b, node, text);
    return b->status == RQ_OK ? node : NULL;
}

rq_id rq_emit(rq_ir_builder *b, const char *type, const rq_id *in, size_t n_in, const char *attrs,
              ...)
{
    if (b->status != RQ_OK) return RQ_NONE;
    va_list args;
    va_start(args, attrs);
    rq_node *node = add_node(b, type, in, n_in, 1, attrs, args);
    va_end(args);
    if (node) rq_ir_builder_infer(b, node, !b->no_fold);
    return b->status == RQ_OK ? node->out[0] : RQ_NONE;
}

rq_node *rq_emit_deferred(rq_ir_builder *b, const char *type, const rq_id *in, size_t n_in,
                          uint32_t n_out, const char *attrs, ...)
{
    if (b->status != RQ_OK) return NULL;
    va_list args;
    va_start(args, attrs);
    rq_node *node = add_node(b, type, in, n_in, n_out, attrs, args);
    va_end(args);
    return node && rq_ir_builder_make_room(b) ? node : NULL;
}

rq_node *rq_emit_node(rq_ir_builder *b, const char *type, const rq_id *in, size_t n_in,
                      uint32_t n_out, const char *attrs, ...)
{
    if (b->status != RQ_OK) return NULL;
    va_list args;
    va_start(args, attrs);
    rq_node *node = add_node(b, type, in, n_in, n_out, attrs, args);
    va_end(args);
    if (node) rq_ir_builder_infer(b, node, false);
    return b->status == RQ_OK ? node : NULL;
}

const char *rq_emit_type_of(rq_ir_builder *b, const rq_node *node)
{
    bool counted = !strncmp(node->version, "opset", 5);
    const char *type =
        rq_arena_printf(b->arena, "%s-%s", node->type, counted ? node->version + 5 : node->version);
    return rq_ir_builder_ok(b, type ? RQ_OK : RQ_ENOMEM) ? type : "";
}

const char *rq_emit_attrs_of(rq_ir_builder *b, const rq_node *node, const char *name,
                             const char *value)
{
    const char *text = "";
    for (size_t i = 0; i < node->n_attrs && text; i++) {
        const rq_attr *attr = &node->attrs[i];
        bool other = name && !strcmp(attr->name, name);
        text = rq_arena_printf(b->arena, "%s%s%s=%s", text, *text ? ";" : "", attr->name,
                               other ? value : attr->value);
    }
    return rq_ir_builder_ok(b, text ? RQ_OK : RQ_ENOMEM) ? text : "";
}

rq_id rq_emit_const(rq_ir_builder *b, const rq_tensor *tensor)
{
    rq_node *node = NULL;
    if (b->status != RQ_OK) return RQ_NONE;
    if (!tensor->data) {
        rq_ir_builder_fail(b, RQ_EUNSUPPORTED, "a constant of strings");
        return RQ_NONE;
    }
    const char *name = b->node ? rq_arena_printf(b->arena, "%s/Const", b->node->name) : "Const";
    if (!rq_ir_builder_ok(b, name ? RQ_OK : RQ_ENOMEM) ||
        !rq_ir_builder_ok(b, rq_graph_add_node(&node, b->graph, name, "Const", "opset1", 0, 1)) ||
        !rq_ir_builder_make_room(b))
        return RQ_NONE;
    rq_ir_builder_make_const(b, node, tensor);
    rq_ir_builder_value *value = &b->values[node->out[0]];
    for (int s = 0; s < RQ_IR_BUILDER_SAMPLES; s++) value->t[s] = *tensor;
    value->constant = true;
    rq_ir_builder_note_outputs(b, node);
    return node->out[0];
}
