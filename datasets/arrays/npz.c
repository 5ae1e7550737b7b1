/* NumPy's .npz: a ZIP archive of .npy files, stored or deflated. Source: PKWARE, "APPNOTE.TXT -
 * .ZIP File Format Specification", 4.3. The only door to zlib. */
#include "datasets/arrays/arrays.h"
#include "datasets/arrays/npy.h"
#include "engine/base/callbacks.h"
#include "engine/base/file.h"
#include "engine/base/text.h"

#include <stdlib.h>
#include <string.h>

#include <zlib.h>

enum { END_SIZE = 22, ENTRY_SIZE = 46, LOCAL_SIZE = 30, STORED = 0, DEFLATED = 8 };
#define MAX_COMMENT 65535
#define MAX_RATIO 1032 /* of deflate: 258 bytes in 2 bits */

typedef struct archive {
    const char *path;
    const uint8_t *data;
    size_t size;
} archive;

typedef struct entry {
    const uint8_t *name;
    size_t name_length, packed, size, at;
    unsigned method;
} entry;

static unsigned u16(const uint8_t *p)
{
    return p[0] | (unsigned)p[1] << 8;
}

static uint32_t u32(const uint8_t *p)
{
    return u16(p) | (uint32_t)u16(p + 2) << 16;
}

static rq_status fail(const archive *a, const char *what)
{
    return rq_fail(RQ_EFORMAT, "%s: %s", a->path, what);
}

/* The record at the archive's end, before a comment. */
static const uint8_t *find_end(const archive *a)
{
    for (size_t back = END_SIZE; back <= a->size && back <= END_SIZE + MAX_COMMENT; back++) {
        const uint8_t *p = a->data + a->size - back;
        if (memcmp(p, "PK\5\6", 4) == 0) return p;
    }
    return NULL;
}

/* Sizes of the central directory: those of local headers may be missing. */
static rq_status read_entry(entry *out, const archive *a, size_t *at)
{
    const uint8_t *p = a->data + *at;
    if (a->size - *at < ENTRY_SIZE || memcmp(p, "PK\1\2", 4) != 0)
        return fail(a, "a broken directory of the archive");
    *out = (entry){.method = u16(p + 10),
                   .packed = u32(p + 20),
                   .size = u32(p + 24),
                   .name_length = u16(p + 28),
                   .at = u32(p + 42),
                   .name = p + ENTRY_SIZE};
    size_t length = ENTRY_SIZE + out->name_length + u16(p + 30) + u16(p + 32);
    if (length > a->size - *at) return fail(a, "a broken directory of the archive");
    if (out->packed == UINT32_MAX || out->size == UINT32_MAX || out->at == UINT32_MAX)
        return rq_fail(RQ_EUNSUPPORTED, "%s: arrays of 4 GB and more are not read", a->path);
    *at += length;
    return RQ_OK;
}

static rq_status find_bytes(const uint8_t **out, const archive *a, const entry *e)
{
    if (e->at > a->size || a->size - e->at < LOCAL_SIZE ||
        memcmp(a->data + e->at, "PK\3\4", 4) != 0)
        return fail(a, "a broken entry of the archive");
    const uint8_t *p = a->data + e->at;
    size_t begin = e->at + LOCAL_SIZE + u16(p + 26) + u16(p + 28);
    if (begin > a->size || a->size - begin < e->packed)
        return fail(a, "the file ends within an array");
    *out = a->data + begin;
    return RQ_OK;
}

static rq_status inflate_bytes(uint8_t *to, const archive *a, const entry *e, const uint8_t *from)
{
    z_stream z = {.next_in = (Bytef *)(uintptr_t)from,
                  .avail_in = (uInt)e->packed,
                  .next_out = to,
                  .avail_out = (uInt)e->size};
    if (inflateInit2(&z, -MAX_WBITS) != Z_OK) return rq_fail_memory(e->size, "an array");
    int result = inflate(&z, Z_FINISH);
    size_t got = z.total_out;
    inflateEnd(&z);
    if (result != Z_STREAM_END || got != e->size) return fail(a, "damaged compressed data");
    return RQ_OK;
}

static rq_status parse_deflated(rq_tensor *out, const archive *a, const entry *e,
                                const uint8_t *from, const char *name)
{
    uint8_t *bytes;
    if (e->size / MAX_RATIO > e->packed) return fail(a, "more data than so few bytes can hold");
    RQ_TRY(rq_alloc_aligned(&bytes, e->size, "an array"));
    rq_status status = inflate_bytes(bytes, a, e, from);
    if (status == RQ_OK) status = rq_npy_parse(out, bytes, e->size, name);
    free(bytes);
    return status;
}

static rq_status parse_entry(rq_tensor *out, const archive *a, const entry *e, const char *name)
{
    const uint8_t *from = NULL;
    RQ_TRY(find_bytes(&from, a, e));
    if (e->method == DEFLATED) return parse_deflated(out, a, e, from, name);
    if (e->method != STORED)
        return rq_fail(RQ_EUNSUPPORTED, "%s: packed by method %u; stored and deflated are read",
                       a->path, e->method);
    if (e->size != e->packed) return fail(a, "a broken entry of the archive");
    return rq_npy_parse(out, from, e->size, name);
}

static rq_status add_entry(rq_arrays *out, const archive *a, const entry *e)
{
    rq_buf name = {0};
    if (out->n == RQ_MAX_ARRAYS) return fail(a, "too many arrays");
    char *key = strndup((const char *)e->name, e->name_length);
    if (!key) return rq_fail_memory(e->name_length, "a name");
    if (rq_ends_with(key, ".npy")) key[strlen(key) - 4] = '\0';
    rq_buf_printf(&name, "%s: array '%s'", a->path, key);
    rq_status status = parse_entry(&out->arrays[out->n], a, e, name.data ? name.data : a->path);
    rq_buf_free(&name);
    if (status == RQ_OK)
        out->names[out->n++] = key;
    else
        free(key);
    return status;
}

/* All that the archive claims to hold, before anything is unpacked. */
static rq_status check_total(const archive *a, size_t n, size_t at)
{
    size_t total = 0;
    for (size_t i = 0; i < n; i++) {
        entry e = {0};
        RQ_TRY(read_entry(&e, a, &at));
        RQ_TRY(rq_arrays_count_bytes(&total, e.size, a->size, a->path));
    }
    return RQ_OK;
}

static rq_status read_archive(rq_arrays *out, const archive *a)
{
    const uint8_t *end = find_end(a);
    if (!end) return fail(a, "a ZIP archive without its end");
    size_t n = u16(end + 10), at = u32(end + 16);
    if (at > a->size) return fail(a, "a broken directory of the archive");
    RQ_TRY(check_total(a, n, at));
    for (size_t i = 0; i < n; i++) {
        entry e = {0};
        if (rq_cancelled()) return rq_fail(RQ_ECANCELLED, "interrupted");
        RQ_TRY(read_entry(&e, a, &at));
        RQ_TRY(add_entry(out, a, &e));
    }
    return RQ_OK;
}

bool rq_npz_probe(const uint8_t *data, size_t size)
{
    return size >= 4 && memcmp(data, "PK", 2) == 0;
}

rq_status rq_npz_arrays(rq_arrays *out, const char *path)
{
    rq_mapping file;
    RQ_TRY(rq_map_file(&file, path));
    rq_status status = read_archive(out, &(archive){path, file.data, file.size});
    rq_unmap_file(&file);
    return status;
}
