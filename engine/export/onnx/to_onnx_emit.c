#include "engine/export/onnx/to_onnx_local.h"

#include <stdio.h>
#include <string.h>

/* -- memory and names ------------------------------------------------------------------------ */

void *rq_to_onnx_alloc(rq_to_onnx *w, size_t n, size_t size)
{
    void *data = rq_arena_alloc(w->arena, n, size);
    if (!data) rq_to_onnx_ok(w, RQ_ENOMEM);
    return data;
}

void *rq_to_onnx_duplicate(rq_to_onnx *w, const void *data, size_t n, size_t size)
{
    void *copy = rq_to_onnx_alloc(w, n, size);
    if (copy && n) memcpy(copy, data, n * size);
    return copy;
}

bool rq_to_onnx_add(rq_to_onnx *w, rq_to_onnx_list *list, void *message)
{
    if (w->status != RQ_OK) return false;
    if (list->n == list->capacity) {
        size_t capacity = list->capacity ? 2 * list->capacity : 64;
        void **v = rq_to_onnx_alloc(w, capacity, sizeof *v);
        if (!v) return false;
        if (list->n) memcpy(v, list->v, list->n * sizeof *v);
        list->v = v;
        list->capacity = capacity;
    }
    list->v[list->n++] = message;
    return true;
}

static const char *named(rq_to_onnx *w, const char *text)
{
    if (!text) rq_to_onnx_ok(w, RQ_ENOMEM);
    return text ? text : "";
}

const char *rq_to_onnx_suffixed(rq_to_onnx *w, const char *name, const char *suffix)
{
    return named(w, rq_arena_printf(w->arena, "%s%s", name, suffix));
}

const char *rq_to_onnx_layer_name(rq_to_onnx *w, const char *part)
{
    return named(w, rq_arena_printf(w->arena, "%s/%s", w->node->name, part));
}

static const char *unique_in(rq_to_onnx *w, rq_map *names, const char *name)
{
    const char *unique = rq_arena_strdup(w->arena, name);
    for (int i = 1; unique && rq_map_get(names, unique) != RQ_NONE; i++)
        unique = rq_arena_printf(w->arena, "%s_%d", name, i);
    if (unique && rq_to_onnx_ok(w, rq_map_put(names, unique, 0))) return unique;
    rq_to_onnx_ok(w, RQ_ENOMEM);
    return "";
}

const char *rq_to_onnx_unique(rq_to_onnx *w, const char *name)
{
    return unique_in(w, w->taken, name);
}

void rq_to_onnx_need(rq_to_onnx *w, int opset)
{
    if (opset > w->opset) w->opset = opset;
}

/* -- nodes ---------------------------------------------------------------------------------- */

/* Optional inputs that are not given are "", and nothing at the end. */
static void add_node(rq_to_onnx *w, const char *name, const char *type, const char *const *in,
                     size_t n_in, const char *const *out, size_t n_out)
{
    if (w->status != RQ_OK) return;
    while (n_in && !*in[n_in - 1]) n_in--;
    Onnx__Node *node = rq_to_onnx_alloc(w, 1, sizeof *node);
    if (!rq_to_onnx_add(w, &w->nodes, node)) return;
    onnx__node__init(node);
    node->name = (char *)(uintptr_t)unique_in(w, w->node_names, name);
    node->op_type = (char *)(uintptr_t)type;
    node->input = rq_to_onnx_duplicate(w, in, n_in, sizeof *in);
    node->n_input = n_in;
    node->output = rq_to_onnx_duplicate(w, out, n_out, sizeof *out);
    node->n_output = n_out;
    w->last = node;
}

const char *rq_to_onnx_emit(rq_to_onnx *w, const char *type, const char *const *in, size_t n_in)
{
    const char *out = rq_to_onnx_unique(w, rq_to_onnx_layer_name(w, type));
    add_node(w, out, type, in, n_in, &out, 1);
    return out;
}

static const char *name_of(rq_to_onnx *w, rq_id value)
{
    char text[1024];
    if (!w->names[value])
        w->names[value] = rq_to_onnx_unique(w, rq_value_name(w->graph, value, text, sizeof text));
    return w->names[value];
}

void rq_to_onnx_value(rq_to_onnx *w, rq_id value, const char *type, const char *const *in,
                      size_t n_in)
{
    const char *out = name_of(w, value);
    add_node(w, w->node->name, type, in, n_in, &out, 1);
}

void rq_to_onnx_copy(rq_to_onnx *w, const char *out, const char *in)
{
    add_node(w, out, "Identity", &in, 1, &out, 1);
}

void rq_to_onnx_result(rq_to_onnx *w, const char *type, const char *const *in, size_t n_in)
{
    size_t n = w->node->n_out;
    const char **out = rq_to_onnx_alloc(w, n, sizeof *out);
    if (!out) return;
    for (size_t i = 0; i < n; i++) out[i] = name_of(w, w->node->out[i]);
    add_node(w, w->node->name, type, in, n_in, out, n);
}

/* -- attributes ----------------------------------------------------------------------------- */

/* AttributeProto.AttributeType */
enum { ATTR_FLOAT = 1, ATTR_INT = 2, ATTR_STRING = 3, ATTR_INTS = 7 };

static Onnx__Attribute *add_attribute(rq_to_onnx *w, const char *name, int32_t type)
{
    if (w->status != RQ_OK) return NULL;
    Onnx__Node *node = w->last;
    Onnx__Attribute *attribute = rq_to_onnx_alloc(w, 1, sizeof *attribute);
    Onnx__Attribute **all = rq_to_onnx_alloc(w, node->n_attribute + 1, sizeof *all);
    if (!attribute || !all) return NULL;
    if (node->n_attribute) memcpy(all, node->attribute, node->n_attribute * sizeof *all);
    all[node->n_attribute++] = attribute;
    node->attribute = all;
    onnx__attribute__init(attribute);
    attribute->name = (char *)(uintptr_t)name;
    attribute->has_type = 1;
    attribute->type = type;
    return attribute;
}

void rq_to_onnx_set_int(rq_to_onnx *w, const char *name, int64_t value)
{
    Onnx__Attribute *a = add_attribute(w, name, ATTR_INT);
    if (!a) return;
    a->has_i = 1;
    a->i = value;
}

void rq_to_onnx_set_float(rq_to_onnx *w, const char *name, double value)
{
    Onnx__Attribute *a = add_attribute(w, name, ATTR_FLOAT);
    if (!a) return;
    a->has_f = 1;
    a->f = (float)value;
}

void rq_to_onnx_set_ints(rq_to_onnx *w, const char *name, const int64_t *values, size_t n)
{
    Onnx__Attribute *a = add_attribute(w, name, ATTR_INTS);
    int64_t *copy = rq_to_onnx_duplicate(w, values, n, sizeof *copy);
    if (!a || !copy) return;
    a->ints = copy;
    a->n_ints = n;
}

void rq_to_onnx_set_string(rq_to_onnx *w, const char *name, const char *value)
{
    Onnx__Attribute *a = add_attribute(w, name, ATTR_STRING);
    if (!a) return;
    a->has_s = 1;
    a->s.data = (uint8_t *)(uintptr_t)value;
    a->s.len = strlen(value);
}

/* -- failing -------------------------------------------------------------------------------- */

void rq_to_onnx_fail(rq_to_onnx *w, const char *format, ...)
{
    if (w->status != RQ_OK) return;
    va_list args;
    va_start(args, format);
    char why[512];
    vsnprintf(why, sizeof why, format, args);
    va_end(args);
    w->status = rq_node_fail(w->node, RQ_EUNSUPPORTED, "cannot be written as ONNX: %s", why);
}
