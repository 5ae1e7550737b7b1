/* The only file that touches jansson: JSON text to values. */
#include "engine/base/file.h"
#include "engine/base/json.h"
#include "engine/base/json_node.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define MAX_BYTES ((size_t)1 << 30)

static rq_json *from_jansson(json_t *value);

static rq_json *list_from_jansson(json_t *value)
{
    rq_json *list = json_is_array(value) ? rq_json_array() : rq_json_object();
    const char *key;
    json_t *child;
    size_t i;
    json_array_foreach(value, i, child) rq_json_push(list, from_jansson(child));
    json_object_foreach(value, key, child) rq_json_set(list, key, from_jansson(child));
    if (list && list->broken) rq_json_free(&list);
    return list;
}

/* NULL when memory is short. Jansson limits the depth of what it parses to 2048. */
static rq_json *from_jansson(json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_STRING:
        return rq_json_string(json_string_value(value));
    case JSON_INTEGER:
        return rq_json_integer(json_integer_value(value));
    case JSON_REAL:
        return rq_json_number(json_real_value(value));
    case JSON_TRUE:
    case JSON_FALSE:
        return rq_json_bool(json_is_true(value));
    case JSON_NULL:
        return rq_json_null();
    default:
        return list_from_jansson(value);
    }
}

static rq_status parse(rq_json **out, const char *text, size_t size, const char *name)
{
    json_error_t error;
    json_t *root = json_loadb(text, size, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
    if (!root)
        return rq_fail(RQ_EFORMAT, "%s:%d:%d: %s", name, error.line, error.column, error.text);
    rq_json *json = from_jansson(root);
    json_decref(root);
    if (!json) return rq_fail(RQ_ENOMEM, "%s: out of memory", name);
    *out = json;
    return RQ_OK;
}

rq_status rq_json_parse(rq_json **out, const char *text, const char *name)
{
    return parse(out, text, strlen(text), name);
}

rq_status rq_json_load(rq_json **out, const char *path)
{
    char *text = NULL;
    size_t size = 0;
    RQ_TRY(rq_read_file(&text, &size, path, MAX_BYTES));
    rq_status status = parse(out, text, size, path);
    free(text);
    return status;
}
