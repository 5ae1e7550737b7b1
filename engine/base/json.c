/* JSON values in memory: building and asking. */
#include "engine/base/json.h"
#include "engine/base/json_node.h"
#include "engine/base/mem.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INDEX_FROM 16 /* members from which an object keeps a hash index */

static rq_json *node(rq_json_type type)
{
    rq_json *json = NULL;
    if (rq_calloc(&json, 1, sizeof *json, "JSON") != RQ_OK) return NULL;
    json->type = type;
    return json;
}

rq_json *rq_json_object(void)
{
    return node(JSON_IS_OBJECT);
}

rq_json *rq_json_array(void)
{
    return node(JSON_IS_ARRAY);
}

rq_json *rq_json_null(void)
{
    return node(JSON_IS_NULL);
}

rq_json *rq_json_bool(bool x)
{
    rq_json *json = node(JSON_IS_BOOL);
    if (json) json->as.boolean = x;
    return json;
}

rq_json *rq_json_integer(int64_t x)
{
    rq_json *json = node(JSON_IS_INTEGER);
    if (json) json->as.integer = x;
    return json;
}

rq_json *rq_json_number(double x)
{
    if (!isfinite(x)) return rq_json_null();
    rq_json *json = node(JSON_IS_NUMBER);
    if (json) json->as.number = x;
    return json;
}

/* The double nearest to the float's shortest decimal: written with 17 digits at most, that
 * decimal comes out again. */
rq_json *rq_json_float(float x)
{
    char text[32];
    if (!isfinite(x)) return rq_json_null();
    double shortest = (double)x;
    for (int digits = 6; digits <= 9; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, (double)x);
        shortest = strtod(text, NULL);
        if ((float)shortest == x) break;
    }
    return rq_json_number(shortest);
}

/* Bytes of the well-formed UTF-8 character at `s` (RFC 3629), 0 if there is none. */
static size_t utf8_length(const unsigned char *s)
{
    static const struct {
        unsigned char first, last, low, high; /* first byte, and range of the second */
        size_t length;
    } forms[] = {
        {0x01, 0x7f, 0, 0, 1},       {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
        {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
        {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4}};
    size_t f = 0, n_forms = sizeof forms / sizeof *forms;
    while (f < n_forms && (s[0] < forms[f].first || s[0] > forms[f].last)) f++;
    if (f == n_forms) return 0;
    if (forms[f].length > 1 && (s[1] < forms[f].low || s[1] > forms[f].high)) return 0;
    for (size_t k = 2; k < forms[f].length; k++)
        if ((s[k] & 0xc0) != 0x80) return 0;
    return forms[f].length;
}

/* A copy with every malformed byte replaced by U+FFFD; NULL when memory is short. */
static char *clean_utf8(const char *text)
{
    rq_buf buf = {0};
    rq_buf_append(&buf, "");
    while (*text) {
        size_t n = utf8_length((const unsigned char *)text);
        rq_buf_append_n(&buf, n ? text : "\xef\xbf\xbd", n ? n : 3);
        text += n ? n : 1;
    }
    if (buf.failed) rq_buf_free(&buf);
    return buf.data;
}

rq_json *rq_json_string(const char *text)
{
    if (!text) return rq_json_null();
    rq_json *json = node(JSON_IS_STRING);
    if (!json) return NULL;
    json->as.string = clean_utf8(text);
    if (!json->as.string) rq_json_free(&json);
    return json;
}

static bool is_list(const rq_json *json)
{
    return json && (json->type == JSON_IS_ARRAY || json->type == JSON_IS_OBJECT);
}

void rq_json_free(rq_json **json)
{
    if (!json || !*json) return;
    rq_json *j = *json;
    if (j->type == JSON_IS_STRING) free(j->as.string);
    if (is_list(j)) {
        for (size_t i = 0; i < j->as.list.n; i++) {
            rq_json_free(&j->as.list.items[i]);
            if (j->as.list.keys) free(j->as.list.keys[i]);
        }
        free(j->as.list.items);
        free(j->as.list.keys);
        rq_map_destroy(&j->as.list.index);
    }
    free(j);
    *json = NULL;
}

void rq_json_push(rq_json *array, rq_json *child)
{
    if (!array || array->type != JSON_IS_ARRAY || !child ||
        rq_grow(&array->as.list.items, &array->as.list.items_capacity, array->as.list.n,
                sizeof child, "JSON") != RQ_OK) {
        if (array) array->broken = true;
        rq_json_free(&child);
        return;
    }
    array->as.list.items[array->as.list.n++] = child;
}

/* The position of a key; the number of members if it is absent. */
static size_t position(const rq_json *object, const char *key)
{
    size_t n = object->as.list.n;
    if (object->as.list.index) {
        uint32_t i = rq_map_get(object->as.list.index, key);
        return i == RQ_NONE ? n : i;
    }
    for (size_t i = 0; i < n; i++)
        if (strcmp(object->as.list.keys[i], key) == 0) return i;
    return n;
}

/* Begins or extends the hash index after a member was added. */
static rq_status update_index(rq_json *object)
{
    size_t n = object->as.list.n, from = n - 1;
    if (n < INDEX_FROM) return RQ_OK;
    if (!object->as.list.index) {
        RQ_TRY(rq_map_create(&object->as.list.index));
        from = 0;
    }
    for (size_t i = from; i < n; i++)
        RQ_TRY(rq_map_put(object->as.list.index, object->as.list.keys[i], (uint32_t)i));
    return RQ_OK;
}

static rq_status add_member(rq_json *object, const char *key, rq_json *child)
{
    size_t n = object->as.list.n;
    RQ_TRY(
        rq_grow(&object->as.list.items, &object->as.list.items_capacity, n, sizeof child, "JSON"));
    RQ_TRY(
        rq_grow(&object->as.list.keys, &object->as.list.keys_capacity, n, sizeof(char *), "JSON"));
    char *copy = clean_utf8(key);
    if (!copy) return RQ_ENOMEM;
    object->as.list.keys[n] = copy;
    object->as.list.items[n] = child;
    object->as.list.n = n + 1;
    if (update_index(object) != RQ_OK) object->broken = true; /* the child is in, though */
    return RQ_OK;
}

void rq_json_set(rq_json *object, const char *key, rq_json *child)
{
    if (!object || object->type != JSON_IS_OBJECT || !child) {
        if (object) object->broken = true;
        rq_json_free(&child);
        return;
    }
    size_t i = position(object, key);
    if (i < object->as.list.n) {
        rq_json_free(&object->as.list.items[i]);
        object->as.list.items[i] = child;
    } else if (add_member(object, key, child) != RQ_OK) {
        object->broken = true;
        rq_json_free(&child);
    }
}

rq_json *rq_json_get(const rq_json *object, const char *key)
{
    if (!rq_json_is_object(object)) return NULL;
    size_t i = position(object, key);
    return i < object->as.list.n ? object->as.list.items[i] : NULL;
}

rq_json *rq_json_at(const rq_json *array, size_t i)
{
    return is_list(array) && i < array->as.list.n ? array->as.list.items[i] : NULL;
}

size_t rq_json_length(const rq_json *array_or_object)
{
    return is_list(array_or_object) ? array_or_object->as.list.n : 0;
}

const char *rq_json_key_at(const rq_json *object, size_t i)
{
    return rq_json_is_object(object) && i < object->as.list.n ? object->as.list.keys[i] : NULL;
}

const char *rq_json_as_string(const rq_json *json, const char *fallback)
{
    return rq_json_is_string(json) ? json->as.string : fallback;
}

double rq_json_as_number(const rq_json *json, double fallback)
{
    if (!rq_json_is_number(json)) return fallback;
    return json->type == JSON_IS_INTEGER ? (double)json->as.integer : json->as.number;
}

int64_t rq_json_as_integer(const rq_json *json, int64_t fallback)
{
    if (!rq_json_is_number(json)) return fallback;
    if (json->type == JSON_IS_INTEGER) return json->as.integer;
    double x = json->as.number;
    bool whole = x >= -0x1p63 && x < 0x1p63 && x == floor(x);
    return whole ? (int64_t)x : fallback;
}

bool rq_json_as_bool(const rq_json *json, bool fallback)
{
    return json && json->type == JSON_IS_BOOL ? json->as.boolean : fallback;
}

bool rq_json_is_object(const rq_json *json)
{
    return json && json->type == JSON_IS_OBJECT;
}

bool rq_json_is_array(const rq_json *json)
{
    return json && json->type == JSON_IS_ARRAY;
}

bool rq_json_is_string(const rq_json *json)
{
    return json && json->type == JSON_IS_STRING;
}

bool rq_json_is_number(const rq_json *json)
{
    return json && (json->type == JSON_IS_INTEGER || json->type == JSON_IS_NUMBER);
}
