/* The only file that touches jansson. */
#include "engine/base/formats/json.h"

#include "engine/base/file.h"
#include "engine/base/formats/json_memory.h"
#include "engine/base/text.h"
#include "engine/base/utf8.h"

#include <jansson.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_BYTES ((size_t)1 << 30)

static _Thread_local bool broken;

bool rq_json_was_broken(void)
{
    bool was = broken;
    broken = false;
    return was;
}

static rq_json *made(json_t *json)
{
    if (!json) broken = true;
    return json;
}

rq_json *rq_json_object(void)
{
    return made(json_object());
}

rq_json *rq_json_array(void)
{
    return made(json_array());
}

rq_json *rq_json_null(void)
{
    return json_null();
}

rq_json *rq_json_bool(bool x)
{
    return json_boolean(x);
}

rq_json *rq_json_integer(int64_t x)
{
    return made(json_integer(x));
}

rq_json *rq_json_number(double x)
{
    return isfinite(x) ? made(json_real(x)) : json_null();
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

static json_t *clean_string(const char *text)
{
    rq_buf buf = {0};
    rq_utf8_append(&buf, text);
    json_t *string = buf.failed || !buf.data ? NULL : json_string(buf.data);
    rq_buf_free(&buf);
    return string;
}

rq_json *rq_json_string(const char *text)
{
    if (!text) return json_null();
    json_t *string = json_string(text); /* not of malformed UTF-8 */
    return made(string ? string : clean_string(text));
}

rq_json *rq_json_text(const rq_buf *text)
{
    if (text->failed) broken = true;
    return rq_json_string(text->failed ? NULL : text->data);
}

void rq_json_free(rq_json **json)
{
    if (!json) return;
    json_decref(*json);
    *json = NULL;
}

void rq_json_push(rq_json *array, rq_json *child)
{
    if (json_array_append_new(array, child) != 0) broken = true;
}

void rq_json_set(rq_json *object, const char *key, rq_json *child)
{
    json_t *clean = rq_json_string(key);
    if (json_object_set_new(object, json_string_value(clean), child) != 0) broken = true;
    json_decref(clean);
}

rq_json *rq_json_get(const rq_json *object, const char *key)
{
    return json_object_get(object, key);
}

rq_json *rq_json_at(const rq_json *array, size_t i)
{
    return json_array_get(array, i);
}

size_t rq_json_length(const rq_json *array_or_object)
{
    return json_is_object(array_or_object) ? json_object_size(array_or_object)
                                           : json_array_size(array_or_object);
}

const char *rq_json_next_key(const rq_json *object, const char *key)
{
    json_t *json = (json_t *)object; /* iterators are not const, but leave it as it is */
    return json_object_iter_key(key ? json_object_iter_next(json, json_object_key_to_iter(key))
                                    : json_object_iter(json));
}

const char *rq_json_as_string(const rq_json *json, const char *fallback)
{
    return json_is_string(json) ? json_string_value(json) : fallback;
}

double rq_json_as_number(const rq_json *json, double fallback)
{
    return json_is_number(json) ? json_number_value(json) : fallback;
}

int64_t rq_json_as_integer(const rq_json *json, int64_t fallback)
{
    if (json_is_integer(json)) return json_integer_value(json);
    double x = rq_json_as_number(json, NAN);
    bool whole = x >= -0x1p63 && x < 0x1p63 && x == floor(x);
    return whole ? (int64_t)x : fallback;
}

bool rq_json_as_bool(const rq_json *json, bool fallback)
{
    return json_is_boolean(json) ? json_is_true(json) : fallback;
}

bool rq_json_is_object(const rq_json *json)
{
    return json_is_object(json);
}

bool rq_json_is_array(const rq_json *json)
{
    return json_is_array(json);
}

bool rq_json_is_string(const rq_json *json)
{
    return json_is_string(json);
}

bool rq_json_is_number(const rq_json *json)
{
    return json_is_number(json);
}

bool rq_json_is_integer(const rq_json *json)
{
    return json_is_integer(json);
}

bool rq_json_is_bool(const rq_json *json)
{
    return json_is_boolean(json);
}

bool rq_json_is_null(const rq_json *json)
{
    return json_is_null(json);
}

struct parse {
    const char *text;
    size_t size;
    json_t *root; /* NULL: `error` says why */
    json_error_t error;
};

static void parse(void *context)
{
    struct parse *p = context;
    p->root = json_loadb(p->text, p->size, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &p->error);
}

/* jansson has one allocator for the whole process, perhaps another program's: it is put back. */
static bool parse_guarded(struct parse *p)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    rq_json_allocator real;
    pthread_mutex_lock(&lock);
    json_get_alloc_funcs(&real.take, &real.give);
    json_set_alloc_funcs(rq_json_memory_take, rq_json_memory_give);
    bool done = rq_json_memory_guard(&real, parse, p);
    json_set_alloc_funcs(real.take, real.give);
    pthread_mutex_unlock(&lock);
    return done;
}

rq_status rq_json_parse(rq_json **out, const char *text, size_t size, const char *name)
{
    struct parse p = {.text = text, .size = size};
    if (!parse_guarded(&p)) return rq_fail(RQ_ENOMEM, "%s: out of memory", name);
    if (!p.root)
        return rq_fail(RQ_EFORMAT, "%s:%d:%d: %s", name, p.error.line, p.error.column,
                       p.error.text);
    *out = p.root;
    return RQ_OK;
}

rq_status rq_json_load(rq_json **out, const char *path)
{
    char *text = NULL;
    size_t size = 0;
    RQ_TRY(rq_read_file(&text, &size, path, MAX_BYTES));
    size_t mark = rq_byte_order_mark(text); /* Windows' editors write it */
    rq_status status = rq_json_parse(out, text + mark, size - mark, path);
    free(text);
    return status;
}
