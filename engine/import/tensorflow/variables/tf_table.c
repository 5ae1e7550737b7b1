#include "engine/import/tensorflow/variables/tf_table.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Source of the format: LevelDB, doc/table_format.md. A footer leads to the index block, whose
 * values lead to the data blocks; in a block a key is written without what it shares with the
 * one before. */
#define FOOTER_SIZE 48
#define MAGIC UINT64_C(0xdb4775248b80fb57)
#define BLOCK_TRAILER 5 /* compression type, checksum */
#define MAX_KEY 4096

typedef struct table {
    const rq_mapping *file;
    const char *path;
    rq_tf_table_visitor *visitor;
    void *context;
} table;

typedef struct span {
    const uint8_t *at, *end;
} span;

static rq_status damaged(const char *path, const char *what)
{
    return rq_fail(RQ_EFORMAT, "%s: %s: a damaged checkpoint, or another kind of file", path, what);
}

static bool read_varint(span *s, uint64_t *out)
{
    *out = 0;
    for (unsigned shift = 0; shift < 64 && s->at < s->end; shift += 7) {
        uint8_t byte = *s->at++;
        *out |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) return true;
    }
    return false;
}

/* The entries of the block that the handle (offset, size) leads to. */
static rq_status open_block(span *out, const table *t, span handle)
{
    uint64_t offset, size;
    size_t total = t->file->size - FOOTER_SIZE;
    if (!read_varint(&handle, &offset) || !read_varint(&handle, &size) || offset > total ||
        size > total - offset || total - offset - size < BLOCK_TRAILER || size < 4)
        return damaged(t->path, "a block outside of the file");
    const uint8_t *block = t->file->data + offset;
    if (block[size] != 0)
        return rq_fail(RQ_EUNSUPPORTED,
                       "%s: a block of compression type %u, only uncompressed "
                       "ones are supported",
                       t->path, block[size]);
    uint32_t restarts;
    memcpy(&restarts, block + size - 4, 4);
    if (restarts > (size - 4) / 4) return damaged(t->path, "a block of too many restarts");
    *out = (span){block, block + size - 4 - (size_t)restarts * 4};
    return RQ_OK;
}

/* Each entry of a block: what its key shares with the last one, the rest, the value. */
static rq_status visit_block(const table *t, span block, rq_tf_table_visitor *visitor,
                             void *context)
{
    char key[MAX_KEY];
    size_t length = 0;
    while (block.at < block.end) {
        uint64_t shared, rest, value;
        if (!read_varint(&block, &shared) || !read_varint(&block, &rest) ||
            !read_varint(&block, &value))
            return damaged(t->path, "an entry that is cut off");
        size_t left = (size_t)(block.end - block.at);
        if (shared > length || rest > MAX_KEY - shared || rest > left || value > left - rest)
            return damaged(t->path, "an entry longer than its block");
        memcpy(key + shared, block.at, rest);
        length = shared + rest;
        block.at += rest;
        RQ_TRY(visitor(context, key, length, block.at, value));
        block.at += value;
    }
    return RQ_OK;
}

static rq_status visit_data_block(void *context, const char *key, size_t n_key,
                                  const uint8_t *value, size_t n_value)
{
    const table *t = context;
    span block;
    (void)key, (void)n_key;
    RQ_TRY(open_block(&block, t, (span){value, value + n_value}));
    return visit_block(t, block, t->visitor, t->context);
}

rq_status rq_tf_table_visit(const rq_mapping *file, const char *path, rq_tf_table_visitor *visitor,
                            void *context)
{
    table t = {file, path, visitor, context};
    uint64_t magic, ignored;
    if (file->size < FOOTER_SIZE) return damaged(path, "too short");
    span footer = {file->data + file->size - FOOTER_SIZE, file->data + file->size - 8};
    memcpy(&magic, footer.end, 8);
    if (magic != MAGIC) return damaged(path, "not a table");
    if (!read_varint(&footer, &ignored) || !read_varint(&footer, &ignored)) /* the meta index */
        return damaged(path, "no index");
    span index;
    RQ_TRY(open_block(&index, &t, footer));
    return visit_block(&t, index, visit_data_block, &t);
}
