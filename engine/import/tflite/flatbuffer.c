#include "engine/import/tflite/flatbuffer.h"

#include <string.h>

/* Source of the format: flatbuffers' "FlatBuffer Internals". A table begins with the distance back
 * to its vtable, which holds its own size, the table's, and each field's place in the table. */
#define BUDGET_BYTES ((size_t)1 << 20)
#define BUDGET_FACTOR 16

void rq_flat_open(rq_flatbuffer *f, const uint8_t *data, size_t size)
{
    *f = (rq_flatbuffer){.data = data, .size = size};
    f->budget =
        size < SIZE_MAX / (2 * BUDGET_FACTOR) ? BUDGET_BYTES + size * BUDGET_FACTOR : SIZE_MAX;
}

/* Whether n bytes lie there; damage if not. */
static bool holds(rq_flatbuffer *f, size_t at, size_t n, const char *what)
{
    if (!f->damage && (at > f->size || n > f->size - at)) f->damage = what;
    return !f->damage;
}

static uint32_t load_u32(const rq_flatbuffer *f, size_t at)
{
    uint32_t value;
    memcpy(&value, f->data + at, sizeof value);
    return value;
}

static uint16_t load_u16(const rq_flatbuffer *f, size_t at)
{
    uint16_t value;
    memcpy(&value, f->data + at, sizeof value);
    return value;
}

/* Where the offset that is stored there leads: 0 is damage, as nothing points at itself. */
static size_t follow(rq_flatbuffer *f, size_t at, const char *what)
{
    if (!holds(f, at, 4, what)) return 0;
    size_t offset = load_u32(f, at);
    if (offset == 0) f->damage = what;
    return holds(f, at + offset, 4, what) ? at + offset : 0;
}

static rq_flat_table open_table(rq_flatbuffer *f, size_t at)
{
    const rq_flat_table absent = {0, 0, 0};
    static const char what[] = "a table outside of it";
    if (!at || !holds(f, at, 4, what)) return absent;
    int64_t back = (int32_t)load_u32(f, at), vtable = (int64_t)at - back;
    if (vtable < 4 || !holds(f, (size_t)vtable, 4, what)) {
        f->damage = what;
        return absent;
    }
    size_t size = load_u16(f, (size_t)vtable);
    if (size < 4 || !holds(f, (size_t)vtable, size, what)) {
        f->damage = what;
        return absent;
    }
    return (rq_flat_table){at, (size_t)vtable, (size - 4) / 2};
}

rq_flat_table rq_flat_root(rq_flatbuffer *f)
{
    return open_table(f, follow(f, 0, "a root outside of it"));
}

/* Place of a field of n bytes; 0: absent. */
static size_t field_at(rq_flatbuffer *f, rq_flat_table table, unsigned field, size_t n)
{
    if (f->damage || !table.at || field >= table.n_fields) return 0;
    size_t offset = load_u16(f, table.vtable + 4 + 2 * (size_t)field);
    if (!offset) return 0;
    return holds(f, table.at + offset, n, "a field outside of it") ? table.at + offset : 0;
}

/* rq_load_* want elements that are aligned. */
static int64_t load_int(const rq_flatbuffer *f, size_t at, rq_dtype dtype)
{
    uint64_t aligned = 0;
    memcpy(&aligned, f->data + at, rq_dtype_bits(dtype) / 8);
    return rq_load_i64(&aligned, dtype, 0);
}

static double load_float(const rq_flatbuffer *f, size_t at)
{
    float value;
    memcpy(&value, f->data + at, sizeof value);
    return (double)value;
}

int64_t rq_flat_int(rq_flatbuffer *f, rq_flat_table table, unsigned field, rq_dtype dtype,
                    int64_t fallback)
{
    size_t at = field_at(f, table, field, rq_dtype_bits(dtype) / 8);
    return at ? load_int(f, at, dtype) : fallback;
}

double rq_flat_float(rq_flatbuffer *f, rq_flat_table table, unsigned field, double fallback)
{
    size_t at = field_at(f, table, field, sizeof(float));
    return at ? load_float(f, at) : fallback;
}

rq_flat_table rq_flat_child(rq_flatbuffer *f, rq_flat_table table, unsigned field)
{
    size_t at = field_at(f, table, field, 4);
    return open_table(f, at ? follow(f, at, "a table outside of it") : 0);
}

static rq_flat_vector open_vector(rq_flatbuffer *f, size_t at, size_t size)
{
    const rq_flat_vector absent = {0, 0};
    static const char what[] = "a vector longer than it";
    if (!at || !holds(f, at, 4, what)) return absent;
    size_t n = load_u32(f, at);
    if (n > f->size / size || !holds(f, at + 4, n * size, what)) {
        f->damage = what;
        return absent;
    }
    return (rq_flat_vector){at + 4, n};
}

rq_flat_vector rq_flat_bytes(rq_flatbuffer *f, rq_flat_table table, unsigned field)
{
    size_t at = field_at(f, table, field, 4);
    return open_vector(f, at ? follow(f, at, "a vector outside of it") : 0, 1);
}

bool rq_flat_spend(rq_flatbuffer *f, size_t bytes)
{
    if (!f->damage && bytes > f->budget) f->damage = "more values than its size allows";
    if (f->damage) return false;
    f->budget -= bytes;
    return true;
}

rq_flat_vector rq_flat_list(rq_flatbuffer *f, rq_flat_table table, unsigned field, size_t size)
{
    size_t at = field_at(f, table, field, 4);
    rq_flat_vector vector = open_vector(f, at ? follow(f, at, "a vector outside of it") : 0, size);
    return rq_flat_spend(f, vector.n * size) ? vector : (rq_flat_vector){0, 0};
}

const char *rq_flat_string(rq_flatbuffer *f, rq_flat_table table, unsigned field)
{
    rq_flat_vector text = rq_flat_bytes(f, table, field);
    if (!text.at || !holds(f, text.at + text.n, 1, "a text without an end")) return "";
    if (!rq_flat_spend(f, text.n)) return "";
    if (f->data[text.at + text.n]) f->damage = "a text without an end";
    return f->damage ? "" : (const char *)f->data + text.at;
}

rq_flat_table rq_flat_item(rq_flatbuffer *f, rq_flat_vector vector, size_t i)
{
    return open_table(f, f->damage ? 0 : follow(f, vector.at + 4 * i, "a table outside of it"));
}

int64_t rq_flat_item_int(const rq_flatbuffer *f, rq_flat_vector vector, size_t i, rq_dtype dtype)
{
    return load_int(f, vector.at + i * (rq_dtype_bits(dtype) / 8), dtype);
}

double rq_flat_item_float(const rq_flatbuffer *f, rq_flat_vector vector, size_t i)
{
    return load_float(f, vector.at + 4 * i);
}
