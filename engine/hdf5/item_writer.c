#include "engine/hdf5/item_writer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_ITEMS ((size_t)1 << 20)

static uint64_t left; /* of the content */
static size_t items;

static void write_all(const void *data, size_t bytes)
{
    if (fwrite(data, 1, bytes, stdout) != bytes) exit(1); /* nobody listens any more */
}

static void put(const rq_hdf5_head *head, const char *name, const void *data)
{
    write_all(head, sizeof *head);
    write_all(name, head->name_bytes);
    write_all(data, head->bytes);
}

void rq_items_limit(uint64_t max_bytes)
{
    left = max_bytes;
    items = 0;
}

void rq_items_claim(uint64_t bytes, const char *name)
{
    if (bytes > left) rq_items_fail("'%s' is more than may be read of a file of this size", name);
    left -= bytes;
}

static rq_hdf5_head head_of(rq_hdf5_kind kind, const char *name)
{
    if (++items > MAX_ITEMS) rq_items_fail("more than %zu groups and arrays", MAX_ITEMS);
    if (strlen(name) > RQ_HDF5_MAX_NAME) rq_items_fail("a name that is too long");
    return (rq_hdf5_head){.kind = kind, .name_bytes = (uint32_t)strlen(name)};
}

void rq_items_mark(rq_hdf5_kind kind, const char *name)
{
    const rq_hdf5_head head = head_of(kind, name);
    put(&head, name, "");
}

void rq_items_put(rq_hdf5_kind kind, const char *name, const rq_tensor *t, size_t bytes)
{
    rq_hdf5_head head = head_of(kind, name);
    head.dtype = t->dtype;
    head.rank = t->shape.rank;
    memcpy(head.d, t->shape.d, sizeof head.d);
    head.bytes = bytes;
    put(&head, name, t->data);
}

void rq_items_put_text(const char *name, const char *text, size_t bytes)
{
    rq_hdf5_head head = head_of(RQ_HDF5_ATTRIBUTE, name);
    head.dtype = RQ_DT_STRING;
    head.bytes = bytes;
    put(&head, name, text);
}

void rq_items_fail(const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    const rq_hdf5_head head = {.kind = RQ_HDF5_ERROR, .bytes = strlen(text)};
    put(&head, "", text);
    fflush(stdout); /* before the HDF5 library tidies up, which may crash */
    exit(1);
}
