/* ONNX's attributes. */
#include "engine/import/framework_model_make.h"
#include "engine/import/onnx/onnx_read.h"

#include <string.h>

/* AttributeProto.AttributeType */
enum {
    TYPE_FLOAT = 1,
    TYPE_INT = 2,
    TYPE_STRING = 3,
    TYPE_TENSOR = 4,
    TYPE_GRAPH = 5,
    TYPE_FLOATS = 6,
    TYPE_INTS = 7,
    TYPE_STRINGS = 8,
    TYPE_SPARSE_TENSOR = 11
};

/* Files of the first versions don't say the type. */
static int guess_type(const Onnx__Attribute *a)
{
    return a->has_f           ? TYPE_FLOAT
           : a->has_i         ? TYPE_INT
           : a->has_s         ? TYPE_STRING
           : a->t             ? TYPE_TENSOR
           : a->g             ? TYPE_GRAPH
           : a->n_floats      ? TYPE_FLOATS
           : a->n_strings     ? TYPE_STRINGS
           : a->sparse_tensor ? TYPE_SPARSE_TENSOR
                              : TYPE_INTS;
}

static const char *copy_bytes(rq_arena *arena, const ProtobufCBinaryData *bytes)
{
    char *text = rq_arena_alloc(arena, bytes->len + 1, 1);
    if (text && bytes->len) memcpy(text, bytes->data, bytes->len);
    return text;
}

static rq_status read_string(rq_framework_attr *out, rq_onnx_reader *reader,
                             const Onnx__Attribute *a)
{
    out->kind = RQ_FRAMEWORK_STRING;
    out->n = a->s.len;
    out->s = copy_bytes(reader->arena, &a->s);
    return out->s ? RQ_OK : RQ_ENOMEM;
}

static rq_status read_floats(rq_framework_attr *out, rq_onnx_reader *reader,
                             const Onnx__Attribute *a)
{
    double *floats = rq_arena_alloc(reader->arena, a->n_floats, sizeof *floats);
    if (!floats) return RQ_ENOMEM;
    for (size_t i = 0; i < a->n_floats; i++) floats[i] = (double)a->floats[i];
    out->kind = RQ_FRAMEWORK_FLOATS;
    out->n = a->n_floats;
    out->floats = floats;
    return RQ_OK;
}

static rq_status read_strings(rq_framework_attr *out, rq_onnx_reader *reader,
                              const Onnx__Attribute *a)
{
    const char **strings = rq_arena_alloc(reader->arena, a->n_strings, sizeof *strings);
    if (!strings) return RQ_ENOMEM;
    for (size_t i = 0; i < a->n_strings; i++)
        if (!(strings[i] = copy_bytes(reader->arena, &a->strings[i]))) return RQ_ENOMEM;
    out->kind = RQ_FRAMEWORK_STRINGS;
    out->n = a->n_strings;
    out->strings = strings;
    return RQ_OK;
}

static rq_status read_value(rq_framework_attr *out, rq_onnx_reader *reader,
                            const Onnx__Attribute *a, const rq_framework_model *source,
                            const rq_onnx_call *call)
{
    switch (a->has_type && a->type ? a->type : guess_type(a)) {
    case TYPE_FLOAT:
        out->kind = RQ_FRAMEWORK_FLOAT;
        out->f = (double)a->f;
        return RQ_OK;
    case TYPE_INT:
        out->kind = RQ_FRAMEWORK_INT;
        out->i = a->i;
        return RQ_OK;
    case TYPE_INTS:
        out->kind = RQ_FRAMEWORK_INTS;
        out->n = a->n_ints;
        out->ints = a->ints;
        return RQ_OK;
    case TYPE_STRING:
        return read_string(out, reader, a);
    case TYPE_FLOATS:
        return read_floats(out, reader, a);
    case TYPE_STRINGS:
        return read_strings(out, reader, a);
    case TYPE_TENSOR:
        out->kind = RQ_FRAMEWORK_TENSOR;
        if (a->t) return rq_onnx_read_tensor(&out->tensor, reader, a->t, out->name);
        break;
    case TYPE_SPARSE_TENSOR:
        out->kind = RQ_FRAMEWORK_TENSOR;
        if (a->sparse_tensor)
            return rq_onnx_read_sparse(&out->tensor, reader, a->sparse_tensor, out->name);
        break;
    case TYPE_GRAPH:
        out->kind = RQ_FRAMEWORK_GRAPH;
        if (a->g) return rq_onnx_read_graph(&out->graph, reader, a->g, source, call);
        break;
    default:
        return rq_fail(RQ_EUNSUPPORTED, "%s: attribute '%s' has type %d of ONNX", reader->path,
                       out->name, a->type);
    }
    return rq_fail(RQ_EFORMAT, "%s: attribute '%s' has no value", reader->path, out->name);
}

rq_status rq_onnx_read_attr(rq_framework_attr *out, bool *found, rq_onnx_reader *reader,
                            const Onnx__Attribute *attr, const rq_framework_model *source,
                            const rq_onnx_call *call)
{
    const char *name = attr->name ? attr->name : "";
    *found = true;
    if (call && attr->ref_attr_name && attr->ref_attr_name[0]) {
        RQ_TRY(rq_onnx_call_attr(out, found, reader, call, attr->ref_attr_name, source));
        out->name = name;
        return RQ_OK;
    }
    *out = (rq_framework_attr){.name = name};
    return read_value(out, reader, attr, source, call);
}

rq_status rq_onnx_read_attrs(rq_framework_node *out, rq_onnx_reader *reader,
                             Onnx__Attribute **attrs, size_t n, const rq_framework_model *source,
                             const rq_onnx_call *call)
{
    out->attrs = rq_arena_alloc(reader->arena, rq_framework_model_room(n), sizeof *out->attrs);
    if (!out->attrs) return RQ_ENOMEM;
    for (size_t i = 0; i < n; i++) {
        bool found;
        RQ_TRY(
            rq_onnx_read_attr(&out->attrs[out->n_attrs], &found, reader, attrs[i], source, call));
        out->n_attrs += found;
    }
    return RQ_OK;
}
