#include "engine/base/formats/json_require.h"

#include "engine/base/choice.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define SHOWN 40 /* characters of a wrong value that a message repeats */

rq_status rq_require_fail(const rq_required_object *at, const char *key, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return rq_fail(RQ_EFORMAT, "%s: %s%s%s%s%s", at->path, at->entry, *at->entry ? ": " : "", key,
                   *key ? ": " : "", text);
}

/* A value as JSON, cut short. */
static rq_status wrong(const rq_required_object *at, const char *key, const rq_json *found,
                       const char *expected)
{
    rq_buf text = {0};
    if (!found) return rq_require_fail(at, key, "missing, expected %s", expected);
    if (rq_json_dump(found, &text, false) != RQ_OK || !text.data) rq_buf_append(&text, "?");
    rq_status status =
        rq_require_fail(at, key, "found %.*s%s, expected %s", SHOWN, text.data ? text.data : "?",
                        text.length > SHOWN ? "..." : "", expected);
    rq_buf_free(&text);
    return status;
}

rq_status rq_require_object(const rq_required_object *at, const char *const *keys)
{
    if (!rq_json_is_object(at->object)) return wrong(at, "", at->object, "an object");
    size_t known = 0;
    while (keys[known]) known++;
    for (const char *key = NULL; (key = rq_json_next_key(at->object, key));) {
        if (rq_choice_find(keys, key) >= 0) continue;
        const char *near = rq_suggest(key, keys, known);
        return rq_require_fail(at, key, "unknown key%s%s%s", near ? "; did you mean '" : "",
                               near ? near : "", near ? "'?" : "");
    }
    return RQ_OK;
}

bool rq_require_has(const rq_required_object *at, const char *key)
{
    const rq_json *found = rq_json_get(at->object, key);
    return found && !rq_json_is_null(found);
}

rq_status rq_require_string(const char **out, const rq_required_object *at, const char *key,
                            rq_arena *arena)
{
    const rq_json *found = rq_json_get(at->object, key);
    const char *text = rq_json_as_string(found, NULL);
    if (!text || !*text) return wrong(at, key, found, "a text");
    *out = rq_arena_strdup(arena, text);
    return *out ? RQ_OK : RQ_ENOMEM;
}

rq_status rq_require_integer(int64_t *out, const rq_required_object *at, const char *key,
                             int64_t least, int64_t most)
{
    const rq_json *found = rq_json_get(at->object, key);
    char expected[80];
    snprintf(expected, sizeof expected, "a whole number from %lld to %lld", (long long)least,
             (long long)most);
    int64_t x = rq_json_as_integer(found, least - 1);
    if (x < least || x > most) return wrong(at, key, found, expected);
    *out = x;
    return RQ_OK;
}

rq_status rq_require_bool(bool *out, const rq_required_object *at, const char *key)
{
    const rq_json *found = rq_json_get(at->object, key);
    if (!rq_json_is_bool(found)) return wrong(at, key, found, "true or false");
    *out = rq_json_as_bool(found, false);
    return RQ_OK;
}

rq_status rq_require_keyword(int *out, const rq_required_object *at, const char *key,
                             const rq_keyword *keywords)
{
    const rq_json *found = rq_json_get(at->object, key);
    const char *text = rq_json_as_string(found, NULL), *names[RQ_MAX_KEYWORDS + 1] = {NULL};
    char expected[RQ_CHOICES_TEXT];
    int index = text ? rq_keyword_find(keywords, text) : -1;
    *out = index;
    if (index >= 0) return RQ_OK;
    for (size_t i = 0; i < RQ_MAX_KEYWORDS && keywords[i].name; i++) names[i] = keywords[i].name;
    return wrong(at, key, found, rq_choice_text(expected, names));
}

rq_status rq_require_floats(float **out, size_t *n, const rq_required_object *at, const char *key,
                            rq_arena *arena)
{
    const rq_json *found = rq_json_get(at->object, key);
    *n = rq_json_length(found);
    if (!rq_json_is_array(found) || *n == 0) return wrong(at, key, found, "a list of numbers");
    *out = rq_arena_alloc(arena, *n, sizeof **out);
    if (!*out) return RQ_ENOMEM;
    for (size_t i = 0; i < *n; i++) {
        const rq_json *item = rq_json_at(found, i);
        char name[64];
        (*out)[i] = (float)rq_json_as_number(item, NAN);
        if (rq_json_is_number(item) && isfinite((*out)[i])) continue;
        snprintf(name, sizeof name, "%.40s[%zu]", key, i);
        return wrong(at, name, item, "a finite number");
    }
    return RQ_OK;
}

rq_status rq_require_array(rq_json **out, const rq_required_object *at, const char *key)
{
    *out = rq_json_get(at->object, key);
    return rq_json_is_array(*out) ? RQ_OK : wrong(at, key, *out, "a list");
}
