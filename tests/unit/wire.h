/* Protocol buffers written by hand, field by field: what tests of readers feed them. */
#ifndef RQ_TESTS_WIRE_H
#define RQ_TESTS_WIRE_H

#include "tests/unit/test.h"

#include "engine/base/text.h"

static inline void wire_varint(rq_buf *buf, uint64_t value)
{
    for (; value >= 0x80; value >>= 7) rq_buf_append_n(buf, (char[]){(char)(value | 0x80)}, 1);
    rq_buf_append_n(buf, (char[]){(char)value}, 1);
}

static inline void wire_int(rq_buf *buf, unsigned field, int64_t value)
{
    wire_varint(buf, field << 3);
    wire_varint(buf, (uint64_t)value);
}

static inline void wire_bytes(rq_buf *buf, unsigned field, const void *data, size_t size)
{
    wire_varint(buf, field << 3 | 2);
    wire_varint(buf, size);
    rq_buf_append_n(buf, data, size);
}

static inline void wire_text(rq_buf *buf, unsigned field, const char *text)
{
    wire_bytes(buf, field, text, strlen(text));
}

static inline void wire_float(rq_buf *buf, unsigned field, float value)
{
    wire_varint(buf, field << 3 | 5);
    rq_buf_append_n(buf, (const char *)&value, 4);
}

/* Appends the message `part` as a field, and empties it. */
static inline void wire_message(rq_buf *buf, unsigned field, rq_buf *part)
{
    wire_bytes(buf, field, part->length ? part->data : "", part->length);
    rq_buf_free(part);
    *part = (rq_buf){0};
}

#endif
