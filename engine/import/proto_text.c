#include "engine/import/proto.h"
#include "engine/import/proto_lex.h"

#include <stdlib.h>
#include <string.h>

typedef const ProtobufCFieldDescriptor field_type;

typedef struct parser {
    rq_proto_lexer lexer;
    rq_arena *arena;
    int depth;
} parser;

static bool is_sign(const parser *p, char sign)
{
    return p->lexer.token == RQ_PROTO_SIGN && *p->lexer.text == sign;
}

static rq_status take_sign(parser *p, char sign)
{
    char problem[] = "expected '?'";
    problem[10] = sign;
    if (!is_sign(p, sign)) return rq_proto_lex_fail(&p->lexer, problem);
    return rq_proto_next(&p->lexer);
}

static size_t element_size(field_type *field)
{
    static const uint8_t sizes[] = {
        [PROTOBUF_C_TYPE_INT32] = 4,
        [PROTOBUF_C_TYPE_SINT32] = 4,
        [PROTOBUF_C_TYPE_SFIXED32] = 4,
        [PROTOBUF_C_TYPE_INT64] = 8,
        [PROTOBUF_C_TYPE_SINT64] = 8,
        [PROTOBUF_C_TYPE_SFIXED64] = 8,
        [PROTOBUF_C_TYPE_UINT32] = 4,
        [PROTOBUF_C_TYPE_FIXED32] = 4,
        [PROTOBUF_C_TYPE_UINT64] = 8,
        [PROTOBUF_C_TYPE_FIXED64] = 8,
        [PROTOBUF_C_TYPE_FLOAT] = 4,
        [PROTOBUF_C_TYPE_DOUBLE] = 8,
        [PROTOBUF_C_TYPE_BOOL] = sizeof(protobuf_c_boolean),
        [PROTOBUF_C_TYPE_ENUM] = sizeof(int),
        [PROTOBUF_C_TYPE_STRING] = sizeof(char *),
        [PROTOBUF_C_TYPE_BYTES] = sizeof(ProtobufCBinaryData),
        [PROTOBUF_C_TYPE_MESSAGE] = sizeof(void *),
    };
    return sizes[field->type];
}

/* Where the next value of the field goes; the field then counts as set. A list doubles at every
 * power of two, so that its length tells its room. */
static void *place_value(parser *p, ProtobufCMessage *message, field_type *field)
{
    char *base = (char *)message;
    if (field->label != PROTOBUF_C_LABEL_REPEATED) {
        if (field->quantifier_offset && field->label == PROTOBUF_C_LABEL_OPTIONAL)
            *(protobuf_c_boolean *)(base + field->quantifier_offset) = 1;
        return base + field->offset;
    }
    size_t *n = (size_t *)(base + field->quantifier_offset), size = element_size(field);
    char **list = (char **)(base + field->offset);
    if (!(*n & (*n - 1))) {
        char *wider = rq_arena_alloc(p->arena, *n ? *n * 2 : 1, size);
        if (!wider) return NULL;
        if (*n) memcpy(wider, *list, *n * size);
        *list = wider;
    }
    return *list + size * (*n)++;
}

/* The word of a number as C's readers want it, without the text format's trailing f. */
static const char *number_text(const parser *p, char buffer[64])
{
    size_t n = p->lexer.length < 63 ? p->lexer.length : 63;
    memcpy(buffer, p->lexer.text, n);
    buffer[n] = '\0';
    bool hex = n > 1 && (buffer[1] == 'x' || buffer[2] == 'x');
    bool infinite = n > 2 && !strcasecmp(buffer + n - 3, "inf");
    if (n > 1 && (buffer[n - 1] | 32) == 'f' && !hex && !infinite) buffer[n - 1] = '\0';
    return buffer;
}

static rq_status parse_integer(parser *p, int64_t *out)
{
    char buffer[64], *end;
    const char *text = number_text(p, buffer);
    /* Unsigned 64-bit numbers keep their bits. */
    *out = *text == '-' ? strtoll(text, &end, 0) : (int64_t)strtoull(text, &end, 0);
    if (p->lexer.token != RQ_PROTO_WORD || *end || end == text)
        return rq_proto_lex_fail(&p->lexer, "expected a whole number");
    return RQ_OK;
}

static rq_status parse_real(parser *p, double *out)
{
    char buffer[64], *end;
    const char *text = number_text(p, buffer);
    *out = strtod(text, &end);
    if (p->lexer.token != RQ_PROTO_WORD || *end || end == text)
        return rq_proto_lex_fail(&p->lexer, "expected a number");
    return RQ_OK;
}

static bool word_is(const parser *p, const char *word)
{
    return p->lexer.token == RQ_PROTO_WORD && p->lexer.length == strlen(word) &&
           !memcmp(p->lexer.text, word, p->lexer.length);
}

static rq_status parse_bool(parser *p, protobuf_c_boolean *out)
{
    *out = word_is(p, "true") || word_is(p, "True") || word_is(p, "t") || word_is(p, "1");
    if (!*out && !word_is(p, "false") && !word_is(p, "False") && !word_is(p, "f") &&
        !word_is(p, "0"))
        return rq_proto_lex_fail(&p->lexer, "expected true or false");
    return RQ_OK;
}

static rq_status parse_enum(parser *p, field_type *field, int *out)
{
    char name[128];
    if (p->lexer.token == RQ_PROTO_WORD && p->lexer.length < sizeof name) {
        memcpy(name, p->lexer.text, p->lexer.length);
        name[p->lexer.length] = '\0';
        const ProtobufCEnumValue *value =
            protobuf_c_enum_descriptor_get_value_by_name(field->descriptor, name);
        if (value) {
            *out = value->value;
            return RQ_OK;
        }
    }
    int64_t number;
    if (parse_integer(p, &number) != RQ_OK || number < INT32_MIN || number > INT32_MAX) {
        const ProtobufCEnumDescriptor *type = field->descriptor;
        return rq_fail(RQ_EFORMAT, "%s:%d: field '%s': '%.*s' is no %s", p->lexer.what,
                       p->lexer.line, field->name, (int)p->lexer.length, p->lexer.text,
                       type->short_name);
    }
    *out = (int)number;
    return RQ_OK;
}

/* Strings written one after another are one; leaves the token after the last. */
static rq_status parse_string(parser *p, char **out, size_t *length)
{
    rq_proto_lexer first = p->lexer;
    size_t total = 0;
    if (first.token != RQ_PROTO_STRING)
        return rq_proto_lex_fail(&p->lexer, "expected a string in quotes");
    while (p->lexer.token == RQ_PROTO_STRING) {
        total += p->lexer.length;
        RQ_TRY(rq_proto_next(&p->lexer));
    }
    char *text = rq_arena_alloc(p->arena, total + 1, 1);
    if (!text) return RQ_ENOMEM;
    size_t n = 0;
    while (first.token == RQ_PROTO_STRING) {
        n += rq_proto_unescape(text + n, &first);
        RQ_TRY(rq_proto_next(&first));
    }
    *out = text;
    *length = n;
    return RQ_OK;
}

static rq_status parse_number(parser *p, field_type *field, void *place)
{
    int64_t integer = 0;
    double real = 0;
    switch (field->type) {
    case PROTOBUF_C_TYPE_BOOL:
        RQ_TRY(parse_bool(p, place));
        break;
    case PROTOBUF_C_TYPE_ENUM:
        RQ_TRY(parse_enum(p, field, place));
        break;
    case PROTOBUF_C_TYPE_FLOAT:
        RQ_TRY(parse_real(p, &real));
        *(float *)place = (float)real;
        break;
    case PROTOBUF_C_TYPE_DOUBLE:
        RQ_TRY(parse_real(p, place));
        break;
    default:
        RQ_TRY(parse_integer(p, &integer));
        if (element_size(field) == 4 && (integer < INT32_MIN || integer > UINT32_MAX))
            return rq_proto_lex_fail(&p->lexer, "expected a number of 32 bits");
        memcpy(place, &integer, element_size(field)); /* little-endian: the low bytes */
    }
    return rq_proto_next(&p->lexer);
}

static rq_status parse_fields(parser *p, ProtobufCMessage *message, bool outermost);

static rq_status parse_submessage(parser *p, field_type *field, ProtobufCMessage **place)
{
    char close = is_sign(p, '<') ? '>' : '}';
    if (p->depth >= RQ_PROTO_MAX_DEPTH)
        return rq_proto_lex_fail(&p->lexer, "messages nested more than 100 deep");
    RQ_TRY(take_sign(p, close == '>' ? '<' : '{'));
    if (!*place) {
        const ProtobufCMessageDescriptor *type = field->descriptor;
        *place = rq_arena_alloc(p->arena, 1, type->sizeof_message);
        if (!*place) return RQ_ENOMEM;
        protobuf_c_message_init(type, *place);
    }
    p->depth++;
    RQ_TRY(parse_fields(p, *place, false));
    p->depth--;
    return take_sign(p, close);
}

static rq_status parse_value(parser *p, ProtobufCMessage *message, field_type *field)
{
    void *place = place_value(p, message, field);
    if (!place) return RQ_ENOMEM;
    if (field->type == PROTOBUF_C_TYPE_MESSAGE) return parse_submessage(p, field, place);
    if (field->type == PROTOBUF_C_TYPE_STRING) {
        size_t length;
        return parse_string(p, place, &length);
    }
    if (field->type == PROTOBUF_C_TYPE_BYTES) {
        ProtobufCBinaryData *bytes = place;
        return parse_string(p, (char **)&bytes->data, &bytes->len);
    }
    return parse_number(p, field, place);
}

/* "[v, v, v]" of a repeated field. */
static rq_status parse_list(parser *p, ProtobufCMessage *message, field_type *field)
{
    RQ_TRY(take_sign(p, '['));
    while (!is_sign(p, ']')) {
        RQ_TRY(parse_value(p, message, field));
        if (!is_sign(p, ']')) RQ_TRY(take_sign(p, ','));
    }
    return take_sign(p, ']');
}

/* What follows the name of a field that the .proto lacks: a scalar, a list or a message. */
static rq_status skip_value(parser *p)
{
    int open = 0;
    if (is_sign(p, ':')) RQ_TRY(rq_proto_next(&p->lexer));
    do {
        if (is_sign(p, '{') || is_sign(p, '<') || is_sign(p, '[')) open++;
        if (is_sign(p, '}') || is_sign(p, '>') || is_sign(p, ']')) open--;
        if (p->lexer.token == RQ_PROTO_END || open < 0)
            return rq_proto_lex_fail(&p->lexer, "expected a value");
        RQ_TRY(rq_proto_next(&p->lexer));
    } while (open || p->lexer.token == RQ_PROTO_STRING);
    return RQ_OK;
}

/* The field's text, from its name to its value's end, among the message's unknown fields. */
static rq_status keep_unknown(parser *p, ProtobufCMessage *message, const char *begin)
{
    unsigned n = message->n_unknown_fields;
    RQ_TRY(skip_value(p));
    if (!(n & (n - 1))) {
        ProtobufCMessageUnknownField *wider =
            rq_arena_alloc(p->arena, n ? n * 2 : 1, sizeof *wider);
        if (!wider) return RQ_ENOMEM;
        if (n) memcpy(wider, message->unknown_fields, n * sizeof *wider);
        message->unknown_fields = wider;
    }
    message->unknown_fields[message->n_unknown_fields++] =
        (ProtobufCMessageUnknownField){.wire_type = PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED,
                                       .len = (size_t)(p->lexer.text - begin),
                                       .data = (uint8_t *)(uintptr_t)begin};
    return RQ_OK;
}

static rq_status parse_field(parser *p, ProtobufCMessage *message)
{
    char name[128];
    const char *begin = p->lexer.text;
    size_t length = p->lexer.length;
    if (p->lexer.token != RQ_PROTO_WORD || length > sizeof name - 2)
        return rq_proto_lex_fail(&p->lexer, "expected the name of a field");
    memcpy(name, p->lexer.text, length);
    memcpy(name + length, "_", 2); /* what protoc-c cannot name so */
    field_type *field = protobuf_c_message_descriptor_get_field_by_name(message->descriptor, name);
    name[length] = '\0';
    if (!field) field = protobuf_c_message_descriptor_get_field_by_name(message->descriptor, name);
    RQ_TRY(rq_proto_next(&p->lexer));
    if (!field) return keep_unknown(p, message, begin);
    if (is_sign(p, ':')) RQ_TRY(rq_proto_next(&p->lexer));
    if (field->label == PROTOBUF_C_LABEL_REPEATED && is_sign(p, '['))
        return parse_list(p, message, field);
    return parse_value(p, message, field);
}

static rq_status parse_fields(parser *p, ProtobufCMessage *message, bool outermost)
{
    while (p->lexer.token != RQ_PROTO_END) {
        if (!outermost && (is_sign(p, '}') || is_sign(p, '>'))) return RQ_OK;
        RQ_TRY(parse_field(p, message));
        if (is_sign(p, ';') || is_sign(p, ',')) RQ_TRY(rq_proto_next(&p->lexer));
    }
    return RQ_OK;
}

rq_status rq_proto_read_text(void *out, rq_arena *arena, const ProtobufCMessageDescriptor *type,
                             const char *text, size_t size, const char *what)
{
    parser p = {.lexer = {.at = text, .end = size ? text + size : text, .what = what, .line = 1},
                .arena = arena};
    ProtobufCMessage *message = rq_arena_alloc(arena, 1, type->sizeof_message);
    if (!message) return RQ_ENOMEM;
    protobuf_c_message_init(type, message);
    RQ_TRY(rq_proto_next(&p.lexer));
    RQ_TRY(parse_fields(&p, message, true));
    *(ProtobufCMessage **)out = message;
    return RQ_OK;
}
