/* Checkpoints of TensorFlow, entry by entry: what tests of reading them share. */
#ifndef RQ_TESTS_TF_CHECKPOINT_H
#define RQ_TESTS_TF_CHECKPOINT_H

#include "tests/unit/wire.h"

#include <string.h>

/* One entry of a table's block whose key shares `shared` bytes with the one before. */
static inline void put_entry(rq_buf *block, size_t shared, const char *key, size_t n,
                             const rq_buf *value)
{
    wire_varint(block, shared);
    wire_varint(block, n - shared);
    wire_varint(block, value->length);
    rq_buf_append_n(block, key + shared, n - shared);
    rq_buf_append_n(block, value->data, value->length);
}

static inline void put_handle(rq_buf *out, size_t offset, size_t size)
{
    wire_varint(out, offset);
    wire_varint(out, size);
}

/* Ends the block (one restart, no compression, no checksum) and appends it; its handle. */
static inline rq_buf put_block(rq_buf *file, rq_buf *block)
{
    rq_buf handle = {0};
    rq_buf_append_n(block, "\0\0\0\0\1\0\0\0", 8);
    put_handle(&handle, file->length, block->length);
    rq_buf_append_n(file, block->data, block->length);
    rq_buf_append_n(file, "\0\0\0\0\0", 5);
    rq_buf_free(block);
    *block = (rq_buf){0};
    return handle;
}

static inline rq_buf tensor_entry(int64_t n, int64_t offset)
{
    rq_buf entry = {0}, shape = {0}, dim = {0};
    wire_int(&dim, 1, n);
    wire_message(&shape, 2, &dim);
    wire_int(&entry, 1, 1); /* DT_FLOAT */
    wire_message(&entry, 2, &shape);
    wire_int(&entry, 4, offset);
    wire_int(&entry, 5, n * 4);
    return entry;
}

/* A table of one block of entries, as a file. Frees the block. */
static inline void put_table(rq_buf *file, rq_buf *block)
{
    rq_buf index = {0}, footer = {0};
    rq_buf handle = put_block(file, block);
    put_entry(&index, 0, "z", 1, &handle);
    rq_buf index_handle = put_block(file, &index);
    put_handle(&footer, 0, 0);
    rq_buf_append_n(&footer, index_handle.data, index_handle.length);
    while (footer.length < 40) rq_buf_append_n(&footer, "", 1);
    rq_buf_append_n(&footer, "\x57\xfb\x80\x8b\x24\x75\x47\xdb", 8);
    rq_buf_append_n(file, footer.data, footer.length);
    rq_buf_free(&handle);
    rq_buf_free(&index_handle);
    rq_buf_free(&footer);
}

#endif
