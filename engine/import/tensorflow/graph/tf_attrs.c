#include "engine/import/framework_model_make.h"
#include "engine/import/tensorflow/graph/tf_graph.h"

static rq_status fill_ints(rq_framework_attr *attr, rq_tf_graph *graph, const void *from, size_t n,
                           bool types)
{
    int64_t *ints = rq_arena_alloc(graph->arena, n, sizeof *ints);
    if (!ints) return RQ_ENOMEM;
    for (size_t i = 0; i < n; i++) {
        int value = ((const int *)from)[i]; /* booleans and enumerations are ints */
        ints[i] = types ? (int64_t)rq_tf_dtype((Tf__DataType)value) : value;
    }
    attr->kind = RQ_FRAMEWORK_INTS;
    attr->ints = ints;
    attr->n = n;
    return RQ_OK;
}

static rq_status fill_floats(rq_framework_attr *attr, rq_tf_graph *graph, const float *from,
                             size_t n)
{
    double *floats = rq_arena_alloc(graph->arena, n, sizeof *floats);
    if (!floats) return RQ_ENOMEM;
    for (size_t i = 0; i < n; i++) floats[i] = (double)from[i];
    attr->kind = RQ_FRAMEWORK_FLOATS;
    attr->floats = floats;
    attr->n = n;
    return RQ_OK;
}

/* NUL-terminated; may hold more NULs. */
static const char *copy_bytes(rq_tf_graph *graph, const ProtobufCBinaryData *bytes)
{
    char *text = rq_arena_alloc(graph->arena, bytes->len + 1, 1);
    for (size_t i = 0; text && i < bytes->len; i++) text[i] = (char)bytes->data[i];
    return text;
}

static rq_status fill_strings(rq_framework_attr *attr, rq_tf_graph *graph,
                              const ProtobufCBinaryData *from, size_t n)
{
    const char **strings = rq_arena_alloc(graph->arena, n, sizeof *strings);
    if (!strings) return RQ_ENOMEM;
    for (size_t i = 0; i < n; i++) {
        RQ_TRY(rq_tf_spend(graph, from[i].len, 1, "an attribute"));
        strings[i] = copy_bytes(graph, &from[i]);
        if (!strings[i]) return RQ_ENOMEM;
    }
    attr->kind = RQ_FRAMEWORK_STRINGS;
    attr->strings = strings;
    attr->n = n;
    return RQ_OK;
}

/* An empty list is one of integers: TensorFlow does not write of what it is empty. */
static rq_status fill_list(rq_framework_attr *attr, rq_tf_graph *graph,
                           const Tf__AttrValue__ListValue *list)
{
    size_t n = list->n_s + list->n_f + list->n_b + list->n_type;
    RQ_TRY(rq_tf_spend(graph, n, 8, attr->name));
    if (list->n_s) return fill_strings(attr, graph, list->s, list->n_s);
    if (list->n_f) return fill_floats(attr, graph, list->f, list->n_f);
    if (list->n_b) return fill_ints(attr, graph, list->b, list->n_b, false);
    if (list->n_type) return fill_ints(attr, graph, list->type, list->n_type, true);
    attr->kind = RQ_FRAMEWORK_INTS;
    attr->ints = list->i;
    attr->n = list->n_i;
    return RQ_OK;
}

static rq_status fill_string(rq_framework_attr *attr, rq_tf_graph *graph,
                             const ProtobufCBinaryData *bytes)
{
    RQ_TRY(rq_tf_spend(graph, bytes->len, 1, attr->name));
    attr->kind = RQ_FRAMEWORK_STRING;
    attr->s = copy_bytes(graph, bytes);
    attr->n = bytes->len;
    return attr->s ? RQ_OK : RQ_ENOMEM;
}

static rq_status fill(rq_framework_attr *attr, rq_tf_graph *graph, const Tf__AttrValue *value)
{
    if (value->list) return fill_list(attr, graph, value->list);
    if (value->has_s) return fill_string(attr, graph, &value->s);
    if (value->shape) {
        attr->kind = RQ_FRAMEWORK_SHAPE;
        return rq_tf_shape(&attr->shape, value->shape, attr->name);
    }
    if (value->has_f) {
        attr->kind = RQ_FRAMEWORK_FLOAT;
        attr->f = (double)value->f;
    } else if (value->has_type) {
        attr->kind = RQ_FRAMEWORK_DTYPE;
        attr->i = (int64_t)rq_tf_dtype(value->type);
    } else if (value->func && value->func->name) {
        attr->kind = RQ_FRAMEWORK_STRING;
        attr->s = value->func->name;
    } else {
        attr->kind = RQ_FRAMEWORK_INT;
        attr->i = value->has_b ? value->b != 0 : value->i;
    }
    return RQ_OK;
}

/* "_output_shapes" and the like describe; "value" of a Const is the framework's model's constant.
 */
static bool is_for_reading(const Tf__AttrEntry *entry)
{
    return entry->key && *entry->key != '_' && entry->value && !entry->value->tensor;
}

rq_status rq_tf_add_attrs(rq_framework_model *source, rq_framework_node *node, rq_tf_graph *graph,
                          const rq_tf_node *from)
{
    RQ_TRY(rq_tf_spend(graph, from->def->n_attr, sizeof(rq_framework_attr), from->name));
    for (size_t i = 0; i < from->def->n_attr; i++) {
        const Tf__AttrEntry *entry = from->def->attr[i];
        rq_framework_attr *attr;
        if (!is_for_reading(entry)) continue;
        if (from->first_region && entry->value->func) continue; /* its graph takes the name */
        RQ_TRY(rq_framework_model_add_attr(&attr, source, node, entry->key, RQ_FRAMEWORK_INT));
        RQ_TRY(fill(attr, graph, entry->value));
    }
    return RQ_OK;
}
