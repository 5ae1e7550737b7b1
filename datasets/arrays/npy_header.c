#include "datasets/arrays/npy_header.h"

#include <string.h>

/* Little-endian, as this machine; a single byte has no order ('|'). */
static const struct {
    const char *descr;
    rq_dtype dtype;
} types[] = {
    {"|b1", RQ_DT_BOOL}, {"|i1", RQ_DT_I8},  {"|u1", RQ_DT_U8},  {"<i2", RQ_DT_I16},
    {"<u2", RQ_DT_U16},  {"<i4", RQ_DT_I32}, {"<u4", RQ_DT_U32}, {"<i8", RQ_DT_I64},
    {"<u8", RQ_DT_U64},  {"<f2", RQ_DT_F16}, {"<f4", RQ_DT_F32}, {"<f8", RQ_DT_F64},
};
enum { TYPES = sizeof types / sizeof *types };

const char *rq_npy_descr(rq_dtype dtype)
{
    for (size_t i = 0; i < TYPES; i++)
        if (types[i].dtype == dtype) return types[i].descr;
    return NULL;
}

typedef struct cursor {
    const char *at, *end;
    const char *path;
} cursor;

enum { SEEN_DESCR = 1, SEEN_ORDER = 2, SEEN_SHAPE = 4, SEEN_ALL = 7 };

static rq_status fail_at(const cursor *c, const char *expected)
{
    int rest = c->end - c->at < 20 ? (int)(c->end - c->at) : 20;
    return rq_fail(RQ_EFORMAT, "%s: bad .npy header at '%.*s': expected %s", c->path, rest, c->at,
                   expected);
}

static void skip_blanks(cursor *c)
{
    while (c->at < c->end && (*c->at == ' ' || *c->at == '\n' || *c->at == '\t')) c->at++;
}

/* Takes the word, after blanks, if it comes next. */
static bool take(cursor *c, const char *word)
{
    size_t n = strlen(word);
    skip_blanks(c);
    if ((size_t)(c->end - c->at) < n || memcmp(c->at, word, n) != 0) return false;
    c->at += n;
    return true;
}

/* A quoted string without escapes. */
static rq_status take_string(cursor *c, char *out, size_t capacity)
{
    skip_blanks(c);
    if (c->at == c->end || (*c->at != '\'' && *c->at != '"')) return fail_at(c, "a quoted string");
    char quote = *c->at;
    const char *begin = c->at + 1;
    const char *close = memchr(begin, quote, (size_t)(c->end - begin));
    if (!close || (size_t)(close - begin) >= capacity) return fail_at(c, "a short quoted string");
    memcpy(out, begin, (size_t)(close - begin));
    out[close - begin] = '\0';
    c->at = close + 1;
    return RQ_OK;
}

static rq_status take_descr(cursor *c, rq_npy_header *out)
{
    char text[16];
    skip_blanks(c);
    if (c->at < c->end && *c->at == '[')
        return rq_fail(RQ_EUNSUPPORTED, "%s: a .npy array of records", c->path);
    RQ_TRY(take_string(c, text, sizeof text));
    if (text[0] && !strcmp(text + 1, "V2")) { /* as NumPy writes the bfloat16 of ml_dtypes */
        out->dtype = RQ_DT_BF16;
        return RQ_OK;
    }
    for (size_t i = 0; i < TYPES; i++) {
        if (!text[0] || strcmp(text + 1, types[i].descr + 1) != 0 || !strchr("<>=|", text[0]))
            continue;
        out->dtype = types[i].dtype;
        out->swapped = text[0] == '>' && rq_dtype_bits(out->dtype) > 8;
        return RQ_OK;
    }
    return rq_fail(
        RQ_EUNSUPPORTED,
        "%s: .npy element type '%s'; booleans, integers and floats of 1 to 8 bytes can be read",
        c->path, text);
}

static rq_status take_order(cursor *c, rq_npy_header *out)
{
    out->fortran = take(c, "True");
    return out->fortran || take(c, "False") ? RQ_OK : fail_at(c, "True or False");
}

static rq_status take_size(cursor *c, int64_t *out)
{
    skip_blanks(c);
    const char *begin = c->at;
    for (*out = 0; c->at < c->end && *c->at >= '0' && *c->at <= '9'; c->at++)
        if (!rq_mul_i64(out, *out, 10) || !rq_add_i64(out, *out, *c->at - '0'))
            return fail_at(c, "a smaller size");
    return c->at > begin ? RQ_OK : fail_at(c, "a size");
}

/* "()", "(3,)", "(3, 4)", "(3, 4,)". */
static rq_status take_shape(cursor *c, rq_npy_header *out)
{
    rq_shape *shape = &out->shape;
    if (!take(c, "(")) return fail_at(c, "'('");
    while (!take(c, ")")) {
        if (shape->rank == RQ_MAX_RANK) return fail_at(c, "no more dimensions");
        RQ_TRY(take_size(c, &shape->d[shape->rank++]));
        if (take(c, ",")) continue;
        if (shape->rank == 1 || !take(c, ")")) return fail_at(c, "','");
        return RQ_OK;
    }
    return RQ_OK;
}

static const struct {
    const char *key;
    unsigned seen;
    rq_status (*take)(cursor *c, rq_npy_header *out);
} entries[] = {
    {"descr", SEEN_DESCR, take_descr},
    {"fortran_order", SEEN_ORDER, take_order},
    {"shape", SEEN_SHAPE, take_shape},
};

static rq_status take_entry(cursor *c, rq_npy_header *out, unsigned *seen)
{
    char key[32];
    RQ_TRY(take_string(c, key, sizeof key));
    for (size_t i = 0; i < sizeof entries / sizeof *entries; i++) {
        if (strcmp(entries[i].key, key) != 0 || (*seen & entries[i].seen)) continue;
        *seen |= entries[i].seen;
        return take(c, ":") ? entries[i].take(c, out) : fail_at(c, "':'");
    }
    return fail_at(c, "each of the keys descr, fortran_order and shape once");
}

static rq_status take_entries(cursor *c, rq_npy_header *out, unsigned *seen)
{
    if (!take(c, "{")) return fail_at(c, "'{'");
    while (!take(c, "}")) {
        RQ_TRY(take_entry(c, out, seen));
        if (take(c, ",")) continue;
        return take(c, "}") ? RQ_OK : fail_at(c, "',' or '}'");
    }
    return RQ_OK;
}

rq_status rq_npy_header_parse(rq_npy_header *out, const char *text, size_t n, const char *path)
{
    cursor c = {text, text + n, path};
    rq_npy_header header = {.dtype = RQ_DT_UNDEFINED};
    unsigned seen = 0;
    RQ_TRY(take_entries(&c, &header, &seen));
    skip_blanks(&c);
    if (c.at != c.end) return fail_at(&c, "nothing more");
    if (seen != SEEN_ALL) return fail_at(&c, "the keys descr, fortran_order and shape");
    RQ_TRY(rq_shape_check(&header.shape, false, path));
    *out = header;
    return RQ_OK;
}
