#include "engine/import/tflite/flexbuffer.h"

#include "engine/base/dtype.h"

#include <stdbool.h>
#include <string.h>

/* Source of the format: flatbuffers' "FlexBuffers". The end tells the root's type and width. A map
 * is a vector of values, of types behind it, with before it the place of its keys, their width, and
 * its length; all of the map's width. Places are distances back. */
enum { KIND_INT = 1, KIND_UINT, KIND_FLOAT, KIND_MAP = 9, KIND_BOOL = 26 };

typedef struct buffer {
    const uint8_t *data;
    size_t size;
} buffer;

static bool load(uint64_t *out, const buffer *b, size_t at, size_t width)
{
    *out = 0;
    bool fits =
        width && width <= 8 && !(width & (width - 1)) && at <= b->size && width <= b->size - at;
    if (fits) memcpy(out, b->data + at, width);
    return fits;
}

/* Where the distance that is stored there leads. */
static bool follow(size_t *out, const buffer *b, size_t at, size_t width)
{
    uint64_t back;
    if (!load(&back, b, at, width) || back > at) return false;
    *out = at - (size_t)back;
    return true;
}

typedef struct map {
    size_t values, keys, width, key_width, n;
} map;

static bool open_map(map *m, const buffer *b)
{
    uint64_t n, key_width;
    if (b->size < 3) return false;
    size_t root_width = b->data[b->size - 1];
    uint8_t type = b->data[b->size - 2];
    m->width = (size_t)1 << (type & 3);
    if (type >> 2 != KIND_MAP || root_width > b->size - 2 ||
        !follow(&m->values, b, b->size - 2 - root_width, root_width) || m->values < 3 * m->width ||
        !load(&n, b, m->values - m->width, m->width) ||
        !load(&key_width, b, m->values - 2 * m->width, m->width) ||
        !follow(&m->keys, b, m->values - 3 * m->width, m->width) || n > b->size)
        return false;
    m->n = (size_t)n;
    m->key_width = (size_t)key_width;
    return true;
}

static bool is_key(const buffer *b, const map *m, size_t i, const char *key)
{
    size_t at, length = strlen(key) + 1;
    return m->key_width <= 8 && follow(&at, b, m->keys + i * m->key_width, m->key_width) &&
           length <= b->size - at && !memcmp(b->data + at, key, length);
}

static double number_of(const buffer *b, const map *m, size_t i, double fallback)
{
    static const rq_dtype dtypes[][4] = {{RQ_DT_I8, RQ_DT_I16, RQ_DT_I32, RQ_DT_I64},
                                         {RQ_DT_U8, RQ_DT_U16, RQ_DT_U32, RQ_DT_U64}};
    uint64_t bits, type;
    unsigned code = m->width == 8 ? 3 : m->width == 4 ? 2 : m->width == 2 ? 1 : 0;
    if (!load(&bits, b, m->values + i * m->width, m->width) ||
        !load(&type, b, m->values + m->n * m->width + i, 1))
        return fallback;
    uint64_t kind = type >> 2;
    if (kind == KIND_FLOAT && code > 1)
        return rq_load_f64(&bits, code == 2 ? RQ_DT_F32 : RQ_DT_F64, 0);
    if (kind == KIND_INT) return (double)rq_load_i64(&bits, dtypes[0][code], 0);
    if (kind == KIND_UINT || kind == KIND_BOOL)
        return (double)rq_load_i64(&bits, dtypes[1][code], 0);
    return fallback;
}

double rq_flex_number(const uint8_t *data, size_t size, const char *key, double fallback)
{
    const buffer b = {data, size};
    map m;
    if (!open_map(&m, &b)) return fallback;
    for (size_t i = 0; i < m.n; i++)
        if (is_key(&b, &m, i, key)) return number_of(&b, &m, i, fallback);
    return fallback;
}
