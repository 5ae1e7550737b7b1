#include "engine/import/proto.h"

#include <inttypes.h>

/* Wire types, protobuf.dev/programming-guides/encoding. */
enum { WIRE_VARINT = 0, WIRE_64 = 1, WIRE_BYTES = 2, WIRE_32 = 5 };

typedef struct reader {
    const uint8_t *start, *at;
    const char *what;
} reader;

static rq_status bad(const reader *r, const char *problem)
{
    return rq_fail(RQ_EFORMAT, "%s: byte %td: %s: damaged, or another kind of file", r->what,
                   r->at - r->start, problem);
}

static rq_status read_varint(reader *r, const uint8_t *end, uint64_t *out)
{
    uint64_t value = 0;
    *out = 0;
    for (int i = 0; i < 10; i++) {
        if (r->at == end) return bad(r, "the message ends inside a number");
        uint8_t byte = *r->at++;
        value |= (uint64_t)(byte & 0x7f) << (7 * i);
        if (byte < 0x80) {
            *out = value;
            return RQ_OK;
        }
    }
    return bad(r, "a number of more than 10 bytes");
}

static const uint8_t wire_of[] = {
    [PROTOBUF_C_TYPE_INT32] = WIRE_VARINT,  [PROTOBUF_C_TYPE_SINT32] = WIRE_VARINT,
    [PROTOBUF_C_TYPE_SFIXED32] = WIRE_32,   [PROTOBUF_C_TYPE_INT64] = WIRE_VARINT,
    [PROTOBUF_C_TYPE_SINT64] = WIRE_VARINT, [PROTOBUF_C_TYPE_SFIXED64] = WIRE_64,
    [PROTOBUF_C_TYPE_UINT32] = WIRE_VARINT, [PROTOBUF_C_TYPE_FIXED32] = WIRE_32,
    [PROTOBUF_C_TYPE_UINT64] = WIRE_VARINT, [PROTOBUF_C_TYPE_FIXED64] = WIRE_64,
    [PROTOBUF_C_TYPE_FLOAT] = WIRE_32,      [PROTOBUF_C_TYPE_DOUBLE] = WIRE_64,
    [PROTOBUF_C_TYPE_BOOL] = WIRE_VARINT,   [PROTOBUF_C_TYPE_ENUM] = WIRE_VARINT,
    [PROTOBUF_C_TYPE_STRING] = WIRE_BYTES,  [PROTOBUF_C_TYPE_BYTES] = WIRE_BYTES,
    [PROTOBUF_C_TYPE_MESSAGE] = WIRE_BYTES,
};

/* A list of numbers may be packed into one run of bytes, whatever the .proto says. */
static bool wire_fits(const ProtobufCFieldDescriptor *field, unsigned wire)
{
    return wire == wire_of[field->type] ||
           (wire == WIRE_BYTES && field->label == PROTOBUF_C_LABEL_REPEATED);
}

static rq_status skip_bytes(reader *r, const uint8_t *end, uint64_t n)
{
    if (n > (uint64_t)(end - r->at)) {
        return rq_fail(RQ_EFORMAT,
                       "%s: byte %td: %" PRIu64 " bytes announced, %td are left: damaged or "
                       "cut off, or another kind of file",
                       r->what, r->at - r->start, n, end - r->at);
    }
    r->at += n;
    return RQ_OK;
}

static rq_status check_message(reader *r, const uint8_t *end,
                               const ProtobufCMessageDescriptor *type, int depth);

static rq_status check_field(reader *r, const uint8_t *end, const ProtobufCFieldDescriptor *field,
                             unsigned wire, int depth)
{
    uint64_t n;
    if (wire == WIRE_VARINT) return read_varint(r, end, &n);
    if (wire == WIRE_64) return skip_bytes(r, end, 8);
    if (wire == WIRE_32) return skip_bytes(r, end, 4);
    if (wire != WIRE_BYTES) return bad(r, "a wire type that protocol buffers lack");
    RQ_TRY(read_varint(r, end, &n));
    const uint8_t *start = r->at;
    RQ_TRY(skip_bytes(r, end, n));
    if (!field || field->type != PROTOBUF_C_TYPE_MESSAGE) return RQ_OK;
    r->at = start;
    return check_message(r, start + n, field->descriptor, depth + 1);
}

static rq_status check_message(reader *r, const uint8_t *end,
                               const ProtobufCMessageDescriptor *type, int depth)
{
    if (depth > RQ_PROTO_MAX_DEPTH) return bad(r, "messages nested more than 100 deep");
    while (r->at < end) {
        uint64_t tag;
        RQ_TRY(read_varint(r, end, &tag));
        if (tag >> 3 == 0 || tag > UINT32_MAX) return bad(r, "not a field number");
        unsigned wire = tag & 7;
        const ProtobufCFieldDescriptor *field =
            protobuf_c_message_descriptor_get_field(type, (unsigned)(tag >> 3));
        if (field && !wire_fits(field, wire)) {
            return rq_fail(RQ_EFORMAT,
                           "%s: byte %td: field '%s' of %s has wire type %u: damaged, "
                           "or another kind of file",
                           r->what, r->at - r->start, field->name, type->short_name, wire);
        }
        RQ_TRY(check_field(r, end, field, wire, depth));
    }
    return RQ_OK;
}

static void *arena_alloc(void *arena, size_t size)
{
    return rq_arena_alloc(arena, 1, size);
}

static void arena_free(void *arena, void *memory)
{
    (void)arena, (void)memory; /* with the arena */
}

rq_status rq_proto_read(void *out, rq_arena *arena, const ProtobufCMessageDescriptor *type,
                        const uint8_t *data, size_t size, const char *what)
{
    reader r = {data, data, what};
    RQ_TRY(check_message(&r, size ? data + size : data, type, 0));
    ProtobufCAllocator allocator = {arena_alloc, arena_free, arena};
    ProtobufCMessage *message = protobuf_c_message_unpack(type, &allocator, size, data);
    if (!message) return rq_fail(RQ_EFORMAT, "%s: not a %s", what, type->short_name);
    *(ProtobufCMessage **)out = message;
    return RQ_OK;
}

bool rq_proto_is_text(const uint8_t *data, size_t size)
{
    for (size_t i = 0; i < size && i < 256; i++)
        if (data[i] < ' ' && data[i] != '\n' && data[i] != '\r' && data[i] != '\t') return false;
    return true;
}
