#include "engine/import/caffe/caffe_layers.h"
#include "engine/import/framework_model_make.h"

#include "engine/base/text.h"

#include <stdio.h>
#include <string.h>

typedef const ProtobufCFieldDescriptor field_type;

static bool is_real(field_type *field)
{
    return field->type == PROTOBUF_C_TYPE_FLOAT || field->type == PROTOBUF_C_TYPE_DOUBLE;
}

static int64_t load_integer(field_type *field, const void *at)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_BOOL:
        return *(const protobuf_c_boolean *)at;
    case PROTOBUF_C_TYPE_INT64:
        return *(const int64_t *)at;
    case PROTOBUF_C_TYPE_UINT32:
        return *(const uint32_t *)at;
    default:
        return *(const int32_t *)at;
    }
}

/* The float's shortest decimal text as a double: 0.3f reads as 0.3. */
static double load_real(field_type *field, const void *at)
{
    char text[32];
    double value;
    if (field->type == PROTOBUF_C_TYPE_DOUBLE) return *(const double *)at;
    float narrow = *(const float *)at;
    for (int digits = 6; digits <= 9; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, (double)narrow);
        if (rq_parse_f64(text, &value) && (float)value == narrow) return value;
    }
    return (double)narrow;
}

static const char *enum_name(field_type *field, int value)
{
    const ProtobufCEnumValue *found =
        protobuf_c_enum_descriptor_get_value(field->descriptor, value);
    return found ? found->name : "";
}

static size_t stride_of(field_type *field)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_BOOL:
        return sizeof(protobuf_c_boolean);
    case PROTOBUF_C_TYPE_DOUBLE:
    case PROTOBUF_C_TYPE_INT64:
        return 8;
    default:
        return 4;
    }
}

static rq_status fill_list(rq_framework_attr *attr, rq_arena *arena, field_type *field,
                           const char *data, size_t n)
{
    int64_t *ints = rq_arena_alloc(arena, n, sizeof *ints);
    double *floats = rq_arena_alloc(arena, n, sizeof *floats);
    if (!ints || !floats) return RQ_ENOMEM;
    for (size_t i = 0; i < n; i++) {
        const char *at = data + i * stride_of(field);
        if (is_real(field))
            floats[i] = load_real(field, at);
        else
            ints[i] = load_integer(field, at);
    }
    attr->ints = is_real(field) ? NULL : ints;
    attr->floats = is_real(field) ? floats : NULL;
    attr->n = n;
    return RQ_OK;
}

static void fill_scalar(rq_framework_attr *attr, field_type *field, const void *at)
{
    if (field->type == PROTOBUF_C_TYPE_STRING)
        attr->s = *(char *const *)at;
    else if (field->type == PROTOBUF_C_TYPE_ENUM)
        attr->s = enum_name(field, *(const int *)at);
    else if (is_real(field))
        attr->f = load_real(field, at);
    else
        attr->i = load_integer(field, at);
    if (attr->s) attr->n = strlen(attr->s);
}

static rq_framework_attr_kind kind_of(field_type *field)
{
    if (field->label == PROTOBUF_C_LABEL_REPEATED)
        return is_real(field) ? RQ_FRAMEWORK_FLOATS : RQ_FRAMEWORK_INTS;
    if (field->type == PROTOBUF_C_TYPE_STRING || field->type == PROTOBUF_C_TYPE_ENUM)
        return RQ_FRAMEWORK_STRING;
    return is_real(field) ? RQ_FRAMEWORK_FLOAT : RQ_FRAMEWORK_INT;
}

static rq_status add_fields(rq_framework_model *source, rq_framework_node *node,
                            const ProtobufCMessage *message, const char *prefix);

/* A shape is one list; other messages give their fields. */
static rq_status add_submessage(rq_framework_model *source, rq_framework_node *node,
                                field_type *field, const ProtobufCMessage *message,
                                const char *name)
{
    if (field->descriptor != &caffe__blob_shape__descriptor)
        return add_fields(source, node, message, rq_arena_printf(source->arena, "%s.", name));
    const Caffe__BlobShape *shape = (const Caffe__BlobShape *)message;
    rq_framework_attr *attr;
    RQ_TRY(rq_framework_model_add_attr(&attr, source, node, name, RQ_FRAMEWORK_INTS));
    attr->ints = shape->dim;
    attr->n = shape->n_dim;
    return RQ_OK;
}

static rq_status add_field(rq_framework_model *source, rq_framework_node *node, field_type *field,
                           const ProtobufCMessage *message, const char *prefix)
{
    const char *base = (const char *)message, *at = base + field->offset;
    size_t length = strlen(field->name);
    if (field->name[length - 1] == '_') length--;
    char *name = rq_arena_printf(source->arena, "%s%.*s", prefix, (int)length, field->name);
    if (!name) return RQ_ENOMEM;
    if (field->type == PROTOBUF_C_TYPE_MESSAGE)
        return add_submessage(source, node, field, *(ProtobufCMessage *const *)at, name);
    rq_framework_attr *attr;
    RQ_TRY(rq_framework_model_add_attr(&attr, source, node, name, kind_of(field)));
    if (field->label == PROTOBUF_C_LABEL_REPEATED)
        return fill_list(attr, source->arena, field, *(const char *const *)at,
                         *(const size_t *)(base + field->quantifier_offset));
    fill_scalar(attr, field, at);
    return RQ_OK;
}

static bool is_set(field_type *field, const ProtobufCMessage *message)
{
    const char *base = (const char *)message;
    if (field->label == PROTOBUF_C_LABEL_REPEATED)
        return *(const size_t *)(base + field->quantifier_offset) > 0 &&
               field->type != PROTOBUF_C_TYPE_MESSAGE && field->type != PROTOBUF_C_TYPE_STRING;
    if (field->type == PROTOBUF_C_TYPE_MESSAGE || field->type == PROTOBUF_C_TYPE_STRING)
        return *(void *const *)(base + field->offset) != NULL;
    return *(const protobuf_c_boolean *)(base + field->quantifier_offset);
}

static rq_status add_fields(rq_framework_model *source, rq_framework_node *node,
                            const ProtobufCMessage *message, const char *prefix)
{
    if (!prefix) return RQ_ENOMEM;
    for (unsigned i = 0; i < message->descriptor->n_fields; i++) {
        field_type *field = &message->descriptor->fields[i];
        if (is_set(field, message)) RQ_TRY(add_field(source, node, field, message, prefix));
    }
    return rq_caffe_add_fields(source, node, message, prefix, false);
}

rq_status rq_caffe_add_attrs(rq_framework_model *source, rq_framework_node *node,
                             const rq_caffe_layer *layer)
{
    const ProtobufCMessageDescriptor *type = layer->base.descriptor;
    for (unsigned i = 0; i < type->n_fields; i++) {
        field_type *field = &type->fields[i];
        if (!rq_ends_with(field->name, "_param") || !is_set(field, &layer->base)) continue;
        const char *at = (const char *)layer + field->offset;
        RQ_TRY(add_fields(source, node, *(ProtobufCMessage *const *)at, ""));
    }
    return rq_caffe_add_fields(source, node, &layer->base, "", true);
}
