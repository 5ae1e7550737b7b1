#include "tests/fuzz/mutate_proto.h"

#include "engine/base/rng.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_FIELDS = 256, MAX_DEPTH = 12, MAX_VARINT = 10 };
enum { VARINT = 0, FIXED64 = 1, BYTES = 2, FIXED32 = 5 };

typedef struct field {
    size_t begin, value, end; /* value: behind the tag, and behind the length of bytes */
    unsigned wire;
} field;

static bool read_varint(uint64_t *out, const uint8_t *data, size_t size, size_t *at)
{
    *out = 0;
    for (unsigned shift = 0; shift < 64 && *at < size; shift += 7) {
        uint8_t byte = data[(*at)++];
        *out |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) return true;
    }
    return false;
}

static size_t write_varint(uint8_t *out, uint64_t x)
{
    size_t n = 0;
    for (; x >= 0x80; x >>= 7) out[n++] = (uint8_t)(x | 0x80);
    out[n++] = (uint8_t)x;
    return n;
}

static bool read_field(field *out, const uint8_t *data, size_t size, size_t at)
{
    uint64_t tag, n = 0;
    out->begin = at;
    if (!read_varint(&tag, data, size, &at) || tag < 8) return false;
    out->wire = (unsigned)(tag & 7);
    out->value = at;
    if (out->wire == VARINT) {
        if (!read_varint(&n, data, size, &at)) return false;
        n = 0;
    } else if (out->wire == BYTES) {
        if (!read_varint(&n, data, size, &at)) return false;
        out->value = at;
    } else if (out->wire == FIXED64 || out->wire == FIXED32) {
        n = out->wire == FIXED64 ? 8 : 4;
    } else {
        return false;
    }
    out->end = at + (size_t)n;
    return n <= size - at;
}

/* 0: it is no message. */
static size_t read_fields(field fields[MAX_FIELDS], const uint8_t *data, size_t size)
{
    size_t n = 0;
    for (size_t at = 0; at < size; at = fields[n++].end)
        if (n == MAX_FIELDS || !read_field(&fields[n], data, size, at)) return 0;
    return n;
}

static uint64_t number(rq_rng *rng)
{
    static const uint64_t some[] = {0, 1, 2, 3, 4, 7, 8, 16, 255, 1u << 16, INT32_MAX, UINT32_MAX};
    uint64_t x = some[rq_rng_below(rng, sizeof some / sizeof *some)];
    return rq_rng_below(rng, 3) ? x : rq_rng_below(rng, 2) ? 0 - x : rq_rng_u64(rng);
}

static size_t mutate(uint8_t *out, size_t room, const uint8_t *in, size_t size, rq_rng *rng,
                     int depth);

/* Bytes, with their length before them; 0: no room. */
static size_t mutate_bytes(uint8_t *out, size_t room, const uint8_t *in, size_t size, rq_rng *rng,
                           int depth)
{
    if (room < size + 2 * MAX_VARINT) return 0;
    uint8_t *value = malloc(room);
    if (!value) abort();
    size_t n = mutate(value, room - MAX_VARINT, in, size, rng, depth + 1);
    size_t at = write_varint(out, n);
    memcpy(out + at, value, n);
    free(value);
    return at + n;
}

/* The value that goes behind the tag; 0: no room. */
static size_t mutate_value(uint8_t *out, size_t room, const uint8_t *in, const field *f,
                           rq_rng *rng, int depth)
{
    if (f->wire == BYTES)
        return mutate_bytes(out, room, in + f->value, f->end - f->value, rng, depth);
    if (f->wire == VARINT) return room < MAX_VARINT ? 0 : write_varint(out, number(rng));
    size_t n = f->end - f->value;
    if (room < n) return 0;
    memcpy(out, in + f->value, n);
    LLVMFuzzerMutate(out, n, n);
    return n;
}

/* Where the tag ends. */
static size_t tag_end(const uint8_t *in, const field *f)
{
    size_t at = f->begin;
    while (in[at] & 0x80) at++;
    return at + 1;
}

static size_t mutate_leaf(uint8_t *out, size_t room, const uint8_t *in, size_t size)
{
    memcpy(out, in, size);
    return LLVMFuzzerMutate(out, size, room);
}

/* size <= room. */
static size_t mutate(uint8_t *out, size_t room, const uint8_t *in, size_t size, rq_rng *rng,
                     int depth)
{
    field fields[MAX_FIELDS];
    size_t n = depth < MAX_DEPTH ? read_fields(fields, in, size) : 0, at;
    if (!n || !rq_rng_below(rng, 16)) return mutate_leaf(out, room, in, size);
    const field *f = &fields[rq_rng_below(rng, n)];
    size_t rest = size - f->end, length = f->end - f->begin;
    uint64_t how = rq_rng_below(rng, 8);
    if (how == 0) { /* goes */
        at = f->begin;
        memcpy(out, in, at);
    } else if (how == 1 && length <= room - size) { /* comes twice */
        at = f->end + length;
        memcpy(out, in, f->end);
        memcpy(out + f->end, in + f->begin, length);
    } else {
        at = tag_end(in, f);
        memcpy(out, in, at);
        at += mutate_value(out + at, room - at - rest, in, f, rng, depth);
    }
    memcpy(out + at, in + f->end, rest);
    return at + rest;
}

size_t fuzz_mutate_proto(uint8_t *data, size_t size, size_t room, unsigned seed)
{
    rq_rng rng;
    rq_rng_seed(&rng, seed);
    if (!size || !rq_rng_below(&rng, 8)) return LLVMFuzzerMutate(data, size, room);
    uint8_t *copy = malloc(size);
    if (!copy) abort();
    memcpy(copy, data, size);
    size_t n = mutate(data, room, copy, size, &rng, 0);
    free(copy);
    return n;
}
