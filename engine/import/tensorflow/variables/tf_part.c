#include "engine/import/tensorflow/variables/tf_part.h"

#include "engine/base/text.h"

#include <inttypes.h>
#include <string.h>

static rq_status refuse(const char *what, const rq_shape *whole)
{
    char text[RQ_SHAPE_TEXT];
    return rq_fail(RQ_EFORMAT, "%s: a part that does not lie in the shape %s", what,
                   rq_shape_text(whole, text));
}

/* `length` -1: all of the axis. */
static bool set_extent(rq_tf_part *part, int axis, int64_t start, int64_t length,
                       const rq_shape *whole)
{
    int64_t size = whole->d[axis];
    if (length < 0) {
        start = 0;
        length = size;
    }
    part->start[axis] = start;
    part->size.d[axis] = length;
    return start >= 0 && start <= size && length <= size - start;
}

rq_status rq_tf_part_read(rq_tf_part *out, const Tf__TensorSliceProto *slice, const rq_shape *whole,
                          const char *what)
{
    *out = (rq_tf_part){.size.rank = whole->rank};
    if (slice->n_extent != (size_t)whole->rank) return refuse(what, whole);
    for (int i = 0; i < whole->rank; i++) {
        const Tf__TensorSliceProto__Extent *e = slice->extent[i];
        if (!set_extent(out, i, e->start, e->has_length ? e->length : -1, whole))
            return refuse(what, whole);
    }
    return RQ_OK;
}

rq_status rq_tf_part_parse(rq_tf_part *out, const char *text, const rq_shape *whole,
                           const char *what)
{
    *out = (rq_tf_part){.size.rank = whole->rank};
    for (int i = 0; i < whole->rank; i++) {
        size_t length = strcspn(text, ":"), n = 0;
        char extent[48];
        int64_t numbers[2] = {0, -1};
        if (length >= sizeof extent) return refuse(what, whole);
        memcpy(extent, text, length);
        extent[length] = '\0';
        bool all = !strcmp(extent, "-");
        if (!all && (!rq_parse_i64_list(extent, numbers, 2, &n) || n != 2 || numbers[1] < 0))
            return refuse(what, whole);
        if (!set_extent(out, i, numbers[0], numbers[1], whole)) return refuse(what, whole);
        text += length + (text[length] == ':');
    }
    return *text ? refuse(what, whole) : RQ_OK;
}

/* Where row `row` of the part begins in the whole, in elements: rows go along the last axis. */
static size_t place_of_row(const rq_tf_part *part, const rq_shape *whole, size_t row)
{
    size_t at = 0, stride = 1;
    for (int i = whole->rank - 1; i >= 0; i--) {
        size_t k = 0;
        if (i < whole->rank - 1) {
            k = row % (size_t)part->size.d[i];
            row /= (size_t)part->size.d[i];
        }
        at += ((size_t)part->start[i] + k) * stride;
        stride *= (size_t)whole->d[i];
    }
    return at;
}

static void copy(const rq_tensor *whole, const rq_tf_part *part, uint8_t *data, bool take)
{
    size_t bytes = rq_dtype_bits(whole->dtype) / 8, n = rq_shape_count(&part->size);
    int rank = part->size.rank;
    size_t in_row = rank ? (size_t)part->size.d[rank - 1] : 1;
    for (size_t row = 0; n && row < n / in_row; row++) {
        uint8_t *place = (uint8_t *)whole->data + bytes * place_of_row(part, &whole->shape, row);
        uint8_t *own = data + bytes * in_row * row;
        memcpy(take ? own : place, take ? place : own, bytes * in_row);
    }
}

void rq_tf_part_put(rq_tensor *whole, const rq_tf_part *part, const void *data)
{
    copy(whole, part, (uint8_t *)data, false);
}

void rq_tf_part_take(void *data, const rq_tensor *whole, const rq_tf_part *part)
{
    copy(whole, part, data, true);
}

/* -- keys: TensorFlow's OrderedCode, whose bytes sort as what they stand for ------------------- */

static uint8_t *put_unsigned(uint8_t *at, uint64_t value)
{
    int n = 0;
    while (n < 8 && value >> (8 * n)) n++;
    *at++ = (uint8_t)n;
    while (n-- > 0) *at++ = (uint8_t)(value >> (8 * n));
    return at;
}

/* Two's complement of as few bytes as hold it beside the number of them, which is what the first
 * bits that differ from the sign tell. */
static uint8_t *put_signed(uint8_t *at, int64_t value)
{
    uint64_t magnitude = value < 0 ? ~(uint64_t)value : (uint64_t)value;
    int n = 1;
    while (n < 10 && 7 * n - 1 < 64 && magnitude >> (7 * n - 1)) n++;
    uint8_t bytes[10];
    for (int i = 0; i < 10; i++) /* sign-extended, the last byte first */
        bytes[i] = i < 8 ? (uint8_t)((uint64_t)value >> (8 * i)) : value < 0 ? 0xff : 0;
    for (int i = 0; i < n; i++) /* n ones from the front, flipped with the sign */
        bytes[n - 1 - i / 8] ^= (uint8_t)(0x80 >> i % 8);
    while (n-- > 0) *at++ = bytes[n];
    return at;
}

static uint8_t *put_text(uint8_t *at, const char *text)
{
    for (; *text; text++) {
        *at++ = (uint8_t)*text;
        if ((uint8_t)*text == 0xff) *at++ = 0;
    }
    *at++ = 0;
    *at++ = 1;
    return at;
}

const uint8_t *rq_tf_part_key(size_t *n, rq_arena *arena, const char *name,
                              const Tf__TensorSliceProto *slice)
{
    uint8_t *key = rq_arena_alloc(arena, 2 * strlen(name) + 32 + 20 * slice->n_extent, 1);
    if (!key) return NULL;
    uint8_t *at = put_unsigned(put_text(put_unsigned(key, 0), name), slice->n_extent);
    for (size_t i = 0; i < slice->n_extent; i++) {
        const Tf__TensorSliceProto__Extent *e = slice->extent[i];
        at = put_signed(at, e->has_length ? e->start : 0);
        at = put_signed(at, e->has_length ? e->length : -1);
    }
    *n = (size_t)(at - key);
    return key;
}
