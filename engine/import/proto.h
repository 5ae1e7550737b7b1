/* Protocol buffers, in binary and in text form, into protobuf-c messages of requant's own .proto
 * files. The only header that includes protobuf-c, beside those protoc-c makes.
 *
 * Files are untrusted: lengths, wire types and nesting are checked before protobuf-c, which has no
 * limit of its own on nesting, sees a byte. Fields that the .proto does not name are skipped. */
#ifndef RQ_IMPORT_PROTO_H
#define RQ_IMPORT_PROTO_H

#include "engine/base/arena.h"

#include <stdbool.h>
#include <stdint.h>

#include <protobuf-c/protobuf-c.h>

#define RQ_PROTO_MAX_DEPTH 100 /* as protobuf's own readers */

/* The message at data[size], everything of it in the arena. `what` names the file in messages.
 * RQ_EFORMAT when it is not such a message. */
rq_status rq_proto_read(void *out, rq_arena *arena, const ProtobufCMessageDescriptor *type,
                        const uint8_t *data, size_t size, const char *what);

/* The same from text format ("name: value", nested in braces), '#' comments allowed. A field that
 * the .proto does not name is one of the message's unknown_fields, as its text: "name: value" or
 * "name { ... }", borrowed from `text`. */
rq_status rq_proto_read_text(void *out, rq_arena *arena, const ProtobufCMessageDescriptor *type,
                             const char *text, size_t size, const char *what);

/* True when data[size] can be text format: no control characters in its first bytes. */
bool rq_proto_is_text(const uint8_t *data, size_t size);

#endif
